using Envoy.Config.Bootstrap.V3;
using Lateen.Core.Protobuf;

namespace Lateen.Proxy.Config;

/// <summary>Envoy's messages by name, for reading hand-written configuration and for writing it as JSON.</summary>
internal static class EnvoyTypes
{
    /// <summary>The message with this full name; null if the API has none.</summary>
    public static MessageSchema? Find(string name) => ApiSchema.Of(typeof(Bootstrap).Assembly).Find(name);
}
