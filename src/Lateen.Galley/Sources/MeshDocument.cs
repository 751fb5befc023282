using Lateen.Core.Yaml;

namespace Lateen.Galley;

/// <summary>
/// A mesh configuration that stands in a file by itself: <c>mesh.yaml</c>, or a document of kind <c>MeshConfig</c> with
/// its fields beside the kind or under <c>spec</c>. It counts as the ConfigMap in which Istio keeps it.
/// </summary>
internal static class MeshDocument
{
    private static readonly string[] _fileNames = ["mesh.yaml", "mesh.yml", "mesh-config.yaml", "meshconfig.yaml"];

    private static readonly string[] _envelope = ["apiVersion", "kind", "metadata", "spec", "status"];

    public static bool Is(string path, YamlNode document) =>
        document is YamlMapping && document["kind"]?.Text is var kind
        && (kind == "MeshConfig"
            || (kind is null && _fileNames.Contains(Path.GetFileName(path), StringComparer.Ordinal)));

    public static YamlMapping ToConfigMap(YamlNode document)
    {
        var fields = document["spec"] as YamlMapping;
        fields ??= new YamlMapping(
            [.. ((YamlMapping)document).Entries.Where(e => !_envelope.Contains(e.Key.Value))], document.Position);
        return new YamlMapping(
            [
                Entry("apiVersion", new YamlScalar("v1")),
                Entry("kind", new YamlScalar("ConfigMap")),
                Entry("metadata", new YamlMapping(
                    ("name", new YamlScalar(MeshConfigReader.ConfigMapKey.Name)),
                    ("namespace", new YamlScalar(MeshConfigReader.ConfigMapKey.Namespace)))),
                Entry("data", new YamlMapping(("mesh", new YamlScalar(YamlTreeWriter.Write(fields))))),
            ],
            document.Position);
    }

    private static KeyValuePair<YamlScalar, YamlNode> Entry(string key, YamlNode value) =>
        KeyValuePair.Create(new YamlScalar(key), value);
}
