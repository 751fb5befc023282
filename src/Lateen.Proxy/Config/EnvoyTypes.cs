using Envoy.Config.Bootstrap.V3;
using Lateen.Core.Protobuf;

namespace Lateen.Proxy.Config;

/// <summary>Envoy's messages by name, for reading hand-written configuration and for writing it as JSON.</summary>
internal static class EnvoyTypes
{
    /// <summary>A message whose name C# cannot have, and the name that it has in our API.</summary>
    private const string Renamed = "envoy.extensions.rate_limit_descriptors.expr.v3.Descriptor";

    /// <summary>The whole API.</summary>
    public static ApiSchema Api => ApiSchema.Of(typeof(Bootstrap).Assembly);

    /// <summary>The message with this full name; null if the API has none.</summary>
    public static MessageSchema? Find(string name) => Api
        .Find(name == Renamed ? $"{Renamed}Expression" : name);
}
