using System.Text.Json;
using Lateen.Local.Hosting;

namespace Lateen.Cli.ProxyConfig;

/// <summary>The meshes that <c>lateen up</c> runs for this user, by the status files in their state folders.</summary>
internal static class LocalMeshes
{
    /// <summary>Where <c>lateen up</c> keeps state: <c>~/.local/state/lateen</c>.</summary>
    internal static string DefaultRoot
    {
        get
        {
            var data = Environment.GetFolderPath(
                Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
            return Path.Combine(Path.GetDirectoryName(data) ?? "/tmp", "state", "lateen");
        }
    }

    /// <summary>The status of each mesh below a folder, or of the one whose state folder it is.</summary>
    internal static List<MeshStatus> Find(string root)
    {
        var meshes = new List<MeshStatus>();
        if (!Directory.Exists(root))
        {
            return meshes;
        }

        foreach (var folder in Directory.GetDirectories(root).Prepend(root))
        {
            var file = Path.Combine(folder, "status.json");
            try
            {
                if (File.Exists(file)
                    && JsonSerializer.Deserialize(File.ReadAllText(file), LocalJson.Default.MeshStatus) is { } status)
                {
                    meshes.Add(status);
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
            {
                // Another user's mesh, or one that is just ending.
            }
        }

        return meshes;
    }

    /// <summary>
    /// The pod that a name means: <c>name</c>, <c>name.namespace</c>, <c>kind/name</c> of its workload with or without
    /// a namespace, or the beginning of one pod's name.
    /// </summary>
    internal static PodStatusView? FindPod(MeshStatus mesh, string name)
    {
        var slash = name.IndexOf('/', StringComparison.Ordinal);
        var kind = slash < 0 ? "" : name[..slash];
        var rest = name[(slash + 1)..];
        foreach (var pod in mesh.Pods)
        {
            if (kind is ("" or "pod" or "pods") && Names(pod.Name, pod.Namespace).Contains(rest))
            {
                return pod;
            }
        }

        if (kind is not ("" or "pod" or "pods"))
        {
            return mesh.Pods.FirstOrDefault(pod => Names(pod.Workload, pod.Namespace).Any(workload =>
                workload.EndsWith($"/{rest}", StringComparison.OrdinalIgnoreCase)));
        }

        var begin = mesh.Pods.Where(pod => pod.Name.StartsWith(rest, StringComparison.Ordinal)).ToList();
        return begin is [var only] ? only : null;
    }

    private static IEnumerable<string> Names(string name, string space) => [name, $"{name}.{space}"];
}
