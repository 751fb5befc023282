using Google.Protobuf;

namespace Lateen.Proxy.Config;

/// <summary>A listener that was not taken. Source: <c>envoy.admin.v3.UpdateFailureState</c>.</summary>
internal sealed record ListenerFailure(string Name, ByteString Source, string Details, DateTimeOffset At);
