using System.Globalization;
using Lateen.Kubernetes.Objects;

namespace Lateen.Local.Pods;

/// <summary>The words before a container's program that put it into the pod's namespaces, with its volumes, as the user
/// that the container asks for.</summary>
internal static class ContainerWords
{
    /// <summary>User of containers that name none: they run on the machine's own files, so root would be too
    /// much.</summary>
    private const int Nobody = 65534;

    public static List<string> Enter(
        int holder, LocalPod pod, Container container, IReadOnlyDictionary<string, string> volumes) =>
    [
        "nsenter", "--target", Text(holder), "--net", "--mount", "--uts", "--",
        "unshare", "--mount", "--propagation", "private", "--", "/bin/sh", "-c", SandboxScripts.Contain,
        container.Name,
        .. Mounts(container, volumes),
        .. User(pod, container),
        .. container.WorkingDir.Length > 0 ? (string[])["env", "-C", container.WorkingDir] : [],
    ];

    /// <summary>The folder that a mount shows.</summary>
    /// <exception cref="LocalException">The pod has no such volume.</exception>
    public static string Source(
        Container container, VolumeMount mount, IReadOnlyDictionary<string, string> volumes) =>
        !volumes.TryGetValue(mount.Name, out var source)
            ? throw new LocalException(
                $"container {container.Name} mounts volume {mount.Name}, which the pod does not have")
            : mount.SubPath.Length > 0 ? Path.Combine(source, mount.SubPath) : source;

    private static List<string> Mounts(Container container, IReadOnlyDictionary<string, string> volumes)
    {
        List<string> words = [Text(container.VolumeMounts.Count)];
        foreach (var mount in container.VolumeMounts.OrderBy(m => m.MountPath.Length))
        {
            words.AddRange([Source(container, mount, volumes), mount.MountPath, mount.ReadOnly ? "ro" : "rw"]);
        }

        return words;
    }

    private static List<string> User(LocalPod pod, Container container)
    {
        var uid = Number(container, pod, "runAsUser") ?? Nobody;
        var gid = Number(container, pod, "runAsGroup") ?? (uid == 0 ? 0 : uid);
        List<string> words = ["setpriv", "--reuid", Text(uid), "--regid", Text(gid), "--clear-groups"];
        var added = Capabilities(container);
        if (uid != 0)
        {
            words.AddRange(["--no-new-privs"]);
            if (added.Count > 0)
            {
                var list = string.Join(',', added.Select(c => "+" + c));
                words.AddRange(["--inh-caps", list, "--ambient-caps", list]);
            }
        }

        return words;
    }

    private static List<string> Capabilities(Container container) =>
        container.SecurityContext?.Fields.TryGetValue("capabilities", out var capabilities) == true
        && capabilities.StructValue.Fields.TryGetValue("add", out var add)
            ? [.. add.ListValue.Values.Select(v =>
                v.StringValue.ToLowerInvariant().Replace("cap_", "", StringComparison.Ordinal))]
            : [];

    private static int? Number(Container container, LocalPod pod, string field)
    {
        foreach (var context in (Google.Protobuf.WellKnownTypes.Struct?[])
            [container.SecurityContext, pod.Object.Spec.SecurityContext])
        {
            if (context?.Fields.TryGetValue(field, out var value) == true)
            {
                return (int)value.NumberValue;
            }
        }

        return null;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
