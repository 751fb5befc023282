using System.Text.Json.Nodes;

namespace Lateen.Injector;

/// <summary>
/// Lays one pod over another as Kubernetes' strategic merge does: objects by field, the lists below by the key of their
/// items, other lists as a whole.
/// </summary>
internal static class StrategicMerge
{
    private static readonly Dictionary<string, string> _mergeKeys = new()
    {
        ["containers"] = "name",
        ["initContainers"] = "name",
        ["volumes"] = "name",
        ["env"] = "name",
        ["ports"] = "containerPort",
        ["volumeMounts"] = "mountPath",
        ["imagePullSecrets"] = "name",
    };

    /// <summary><paramref name="target"/> takes over what <paramref name="overlay"/> holds.</summary>
    public static void Apply(JsonObject target, JsonObject overlay)
    {
        foreach (var (name, value) in overlay)
        {
            switch (target[name], value)
            {
                case (JsonObject below, JsonObject above):
                    Apply(below, above);
                    break;
                case (JsonArray below, JsonArray above) when _mergeKeys.TryGetValue(name, out var key):
                    ApplyList(below, above, key);
                    break;
                default:
                    target[name] = value?.DeepClone();
                    break;
            }
        }
    }

    private static void ApplyList(JsonArray target, JsonArray overlay, string key)
    {
        foreach (var item in overlay.OfType<JsonObject>())
        {
            var id = item[key]?.ToJsonString();
            if (target.OfType<JsonObject>().FirstOrDefault(t => t[key]?.ToJsonString() == id) is { } present)
            {
                Apply(present, item);
            }
            else
            {
                target.Add(item.DeepClone());
            }
        }
    }
}
