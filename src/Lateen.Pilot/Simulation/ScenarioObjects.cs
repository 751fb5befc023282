using Istio.Networking.V1Alpha3;
using Lateen.Core;
using Lateen.Core.Protobuf;
using Lateen.Core.Yaml;
using Lateen.Galley;
using Lateen.Pilot.Model;

namespace Lateen.Pilot.Simulation;

/// <summary>Makes facts of the model from YAML documents.</summary>
internal sealed class ScenarioObjects(ICollection<ConfigError> errors)
{
    private readonly ConfigDecoder _decoder = new();

    /// <summary>The objects of a text with one or more documents; faulty ones are left out and told.</summary>
    /// <param name="text">YAML.</param>
    /// <param name="file">Name for errors.</param>
    /// <param name="cluster">The cluster that it stands for; empty for the configuration cluster.</param>
    /// <param name="createdAt">Creation time of objects that tell none, in Unix seconds.</param>
    internal IEnumerable<MeshObject> Read(string text, string file, string cluster, long createdAt)
    {
        var stream = YamlReader.Read(text, file);
        foreach (var error in stream.Errors)
        {
            errors.Add(error);
        }
        foreach (var decoded in stream.Documents.SelectMany(_decoder.Decode))
        {
            foreach (var error in decoded.Result.Errors)
            {
                errors.Add(error);
            }
            if (decoded.Config is { } config)
            {
                yield return Translate(config, cluster, createdAt);
            }
        }
    }

    private MeshObject Translate(ConfigObject config, string cluster, long createdAt)
    {
        return new MeshObject
        {
            Key = new ObjectKey(KindOf(config), config.Namespace, config.Name, cluster),
            Spec = config.Spec,
            Status = StatusOf(config),
            Labels = Labels.From(config.Labels),
            Annotations = Labels.From(config.Annotations),
            CreatedAt = config.CreationTimestamp == default
                ? createdAt : config.CreationTimestamp.ToUnixTimeSeconds(),
        };
    }

    /// <summary>Kinds of other groups keep their group, because the Gateway API has a Gateway too.</summary>
    private static string KindOf(ConfigObject config)
    {
        var others = config.Kind.Group.EndsWith("gateway.networking.k8s.io", StringComparison.Ordinal);
        return others ? config.Kind.ToString() : config.Kind.Kind;
    }

    /// <summary>Only the status of a ServiceEntry has effect: it holds allocated addresses.</summary>
    private ServiceEntryStatus? StatusOf(ConfigObject config)
    {
        return config.Kind == ConfigKinds.ServiceEntry && config.Raw?["status"] is { } status
            ? new MessageReader(MessageReadOptions.Kubernetes, errors)
                .Read<ServiceEntryStatus>(status, "status") : null;
    }
}
