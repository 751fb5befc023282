using System.Globalization;
using System.Text.Json.Nodes;

namespace Lateen.Injector;

/// <summary>Reads a pod's JSON by the names that injection needs.</summary>
internal sealed class PodView(JsonObject pod)
{
    public JsonObject Pod => pod;

    public JsonObject Spec => Object(pod, "spec");

    public JsonObject Labels => Object(Object(pod, "metadata"), "labels");

    public JsonObject Annotations => Object(Object(pod, "metadata"), "annotations");

    public IEnumerable<JsonObject> Containers => List("containers");

    public IEnumerable<JsonObject> InitContainers => List("initContainers");

    public bool HostNetwork => (bool?)Spec["hostNetwork"] ?? false;

    public string? Label(string name) => Text(Labels[name]);

    public string? Annotation(string name) => Text(Annotations[name]);

    /// <summary>The annotation, or what holds without it.</summary>
    public string Annotation(string name, string otherwise) => Annotation(name) ?? otherwise;

    public bool AnnotationFlag(string name, bool otherwise) => Annotation(name) switch
    {
        "true" or "True" or "TRUE" or "1" or "t" => true,
        "false" or "False" or "FALSE" or "0" or "f" => false,
        _ => otherwise,
    };

    public int AnnotationNumber(string name, int otherwise) =>
        int.TryParse(Annotation(name), NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : otherwise;

    /// <summary>The object at a field, made there when missing.</summary>
    public static JsonObject Object(JsonObject parent, string name)
    {
        if (parent[name] is not JsonObject child)
        {
            parent[name] = child = [];
        }

        return child;
    }

    public static string? Text(JsonNode? node) => node is JsonValue value
        ? value.TryGetValue<string>(out var text) ? text : value.ToJsonString()
        : null;

    private IEnumerable<JsonObject> List(string name) => (Spec[name] as JsonArray ?? []).OfType<JsonObject>();
}
