using System.Text.Json.Serialization;

namespace Lateen.Local.Hosting;

/// <summary>How the platform's records are written.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(NodeMessage))]
[JsonSerializable(typeof(MeshStatus))]
[JsonSerializable(typeof(InstanceRecord))]
public sealed partial class LocalJson : JsonSerializerContext;
