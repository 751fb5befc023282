using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Lateen.Core.Yaml;
using Lateen.Kubernetes.Objects;

namespace Lateen.Local.Cluster;

/// <summary>
/// The folder that the control plane reads: the user's files as they are, but that services carry their addresses (what
/// an API server adds) and pods are left out, since they are there as they run, and beside them the objects that the
/// platform makes. Lines keep their numbers.
/// </summary>
internal sealed partial class ConfigMirror(
    string source, string target, Func<ObjectName, Service, string?> addressOf, bool replacesSidecars = false)
{
    private readonly Dictionary<string, string> _written = [];

    /// <summary>Copies what changed and removes what is gone.</summary>
    /// <param name="files">Their paths.</param>
    /// <param name="isBroken">Names files whose last copy is to stay.</param>
    public void CopyUserFiles(IEnumerable<string> files, Func<string, bool>? isBroken = null)
    {
        HashSet<string> present = [];
        foreach (var file in files)
        {
            var name = File.Exists(source) ? Path.GetFileName(file) : Path.GetRelativePath(source, file);
            var path = Path.Combine("user", name);
            present.Add(path);
            if (isBroken?.Invoke(file) == true && _written.ContainsKey(path))
            {
                continue;
            }

            try
            {
                Write(path, AddAddresses(File.ReadAllText(file), file));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Reported by the reader of the folder; the last copy stays.
            }
        }

        Prune("user", present);
    }

    /// <summary>Writes the platform's own objects, each in a file of its own.</summary>
    /// <param name="objects">JSON by file name.</param>
    public void WriteRuntime(IEnumerable<KeyValuePair<string, JsonObject>> objects)
    {
        HashSet<string> present = [];
        foreach (var (name, value) in objects)
        {
            var path = Path.Combine("runtime", name + ".json");
            present.Add(path);
            Write(path, value.ToJsonString() + "\n");
        }

        Prune("runtime", present);
    }

    internal string AddAddresses(string text, string file)
    {
        if (!text.Contains("Service", StringComparison.Ordinal) && !text.Contains("Pod", StringComparison.Ordinal)
            && !(replacesSidecars && text.Contains("Sidecar", StringComparison.Ordinal)))
        {
            return text;
        }

        var lines = text.Split('\n');
        var result = new StringBuilder();
        for (var start = 0; start < lines.Length;)
        {
            var end = start;
            while (end < lines.Length && !Separator().IsMatch(lines[end]))
            {
                end++;
            }

            result.Append(Rewrite(lines[start..end], file));
            if (end < lines.Length)
            {
                result.Append(lines[end]).Append('\n');
            }

            start = end + 1;
        }

        return result.ToString();
    }

    private string Rewrite(string[] lines, string file)
    {
        var text = string.Concat(lines.Select(l => l + "\n"));
        var stream = YamlReader.Read(text, file);
        if (stream.Errors.Length > 0 || stream.Documents is not [YamlMapping map])
        {
            return text;
        }

        var isCore = map["apiVersion"]?.Text == "v1";
        if ((isCore && map["kind"]?.Text == "Pod") || (replacesSidecars && map["kind"]?.Text == "Sidecar"))
        {
            // As it runs it is among the platform's own objects.
            return new string('\n', lines.Length);
        }

        if (!isCore || map["kind"]?.Text != "Service")
        {
            return text;
        }

        var id = new ObjectName(map["metadata"]?["namespace"]?.Text ?? "default", map["metadata"]?["name"]?.Text ?? "");
        var service =
            Core.Protobuf.MessageReader.Read<Service>(map, Core.Protobuf.MessageReadOptions.Kubernetes, out var errors);
        if (errors.Count > 0 || service.Spec is not { ClusterIp.Length: 0 } || addressOf(id, service)
            is not { } address)
        {
            return text;
        }

        var json = JsonNode.Parse(JsonTreeWriter.Write(map))!.AsObject();
        json["spec"]!["clusterIP"] = address;
        return json.ToJsonString() + new string('\n', lines.Length);
    }

    private void Write(string path, string text)
    {
        if (_written.TryGetValue(path, out var last) && last == text)
        {
            return;
        }

        var full = Path.Combine(target, path);
        var folder = Path.GetDirectoryName(full)!;
        Directory.CreateDirectory(folder);
        // Hidden until it is whole.
        var partial = Path.Combine(folder, $".{Path.GetFileName(full)}.part");
        File.WriteAllText(partial, text);
        File.Move(partial, full, overwrite: true);
        _written[path] = text;
    }

    private void Prune(string folder, HashSet<string> present)
    {
        foreach (var gone in _written.Keys.Where(p =>
            p.StartsWith(folder + "/", StringComparison.Ordinal) && !present.Contains(p))
            .ToList())
        {
            File.Delete(Path.Combine(target, gone));
            _written.Remove(gone);
        }
    }

    [GeneratedRegex(@"^---(\s|$)")]
    private static partial Regex Separator();
}
