using Lateen.Core;
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

    private static MeshObject Translate(ConfigObject config, string cluster, long createdAt)
    {
        var item = ConfigTranslation.Translate(config);
        return item with
        {
            Key = new ObjectKey(item.Key.Kind, item.Key.Namespace, item.Key.Name, cluster),
            CreatedAt = item.CreatedAt == 0 ? createdAt : item.CreatedAt,
        };
    }
}
