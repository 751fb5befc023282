using Envoy.Config.Bootstrap.V3;
using Lateen.Core.Protobuf;

namespace Lateen.Proxy.Config;

/// <summary>Envoy's messages by name, for reading hand-written configuration and for writing it as JSON.</summary>
internal static class EnvoyTypes
{
    /// <summary>A message whose name C# cannot have, and the name that it has in our API.</summary>
    private const string Renamed = "envoy.extensions.rate_limit_descriptors.expr.v3.Descriptor";

    /// <summary>Messages without fields that the packaged API lacks, and one that it has.</summary>
    private const string TagValueInput = "envoy.extensions.matching.common_inputs.stats.v3.StatTagValueInput";
    private const string WithoutFields = "envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer";

    /// <summary>The whole API.</summary>
    public static ApiSchema Api => ApiSchema.Of(typeof(Bootstrap).Assembly);

    /// <summary>The message with this full name; null if the API has none.</summary>
    public static MessageSchema? Find(string name) => Api
        .Find(name switch
        {
            Renamed => $"{Renamed}Expression",
            TagValueInput => WithoutFields,
            _ => name,
        });
}
