using Google.Protobuf;

namespace Lateen.Proxy.Config;

/// <summary>A resource as it came: its bytes, version and when.</summary>
internal sealed record ResourceVersion(ByteString Source, string Version, DateTimeOffset UpdatedAt);
