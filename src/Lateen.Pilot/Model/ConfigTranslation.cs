using Istio.Networking.V1Alpha3;
using Lateen.Core;
using Lateen.Core.Protobuf;
using Lateen.Galley;

namespace Lateen.Pilot.Model;

/// <summary>Galley's objects as facts of the model. Pure.</summary>
public static class ConfigTranslation
{
    private const string GatewayApiGroup = "gateway.networking.k8s.io";

    /// <summary>The fact of an object.</summary>
    public static MeshObject Translate(ConfigObject config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return new MeshObject
        {
            Key = KeyOf(config.Key),
            Spec = config.Spec,
            Status = StatusOf(config),
            Labels = Labels.From(config.Labels),
            Annotations = Labels.From(config.Annotations),
            CreatedAt = config.CreationTimestamp == default ? 0 : config.CreationTimestamp.ToUnixTimeSeconds(),
        };
    }

    /// <summary>The key of a fact. Kinds of the Gateway API keep their group, because it has a Gateway too.</summary>
    public static ObjectKey KeyOf(ConfigKey key)
    {
        var kind = key.Kind.Group.EndsWith(GatewayApiGroup, StringComparison.Ordinal) ? key.Kind.ToString()
            : key.Kind.Kind;
        return new ObjectKey(kind, key.Namespace, key.Name);
    }

    /// <summary>Only the status of a ServiceEntry has effect: it holds allocated addresses.</summary>
    private static ServiceEntryStatus? StatusOf(ConfigObject config)
    {
        return config.Kind == ConfigKinds.ServiceEntry && config.Raw?["status"] is { } status
            ? new MessageReader(MessageReadOptions.Kubernetes, new List<ConfigError>())
                .Read<ServiceEntryStatus>(status, "status")
            : null;
    }
}
