using System.Diagnostics;
using System.Globalization;
using Lateen.Kubernetes.Objects;
using Lateen.Local.Platform;

namespace Lateen.Local.Pods;

/// <summary>One run of a container's program, in the pod's namespaces, as the user that the container asks
/// for.</summary>
internal sealed class ContainerProcess : IDisposable
{
    /// <summary>User of containers that name none: they run on the machine's own files, so root would be too
    /// much.</summary>
    private const int Nobody = 65534;

    private readonly Process _process;

    private ContainerProcess(Process process) => _process = process;

    /// <summary>Number of the program's process, which leads a session of its own.</summary>
    public int Id => _process.Id;

    /// <summary>Starts it; its output is appended to a log file.</summary>
    public static ContainerProcess Start(
        PodSandbox sandbox,
        LocalPod pod,
        Container container,
        IReadOnlyList<string> words,
        IReadOnlyDictionary<string, string> variables,
        IReadOnlyDictionary<string, string> volumes,
        string logFile)
    {
        var start = new ProcessStartInfo("/bin/sh");
        List<string> line =
        [
            "-c", "exec >>\"$0\" 2>&1 </dev/null; exec \"$@\"", logFile,
            "setsid", "nsenter", "--target", Text(sandbox.HolderProcess), "--net", "--mount", "--uts", "--",
            "unshare", "--mount", "--propagation", "private", "--", "/bin/sh", "-c", SandboxScripts.Contain,
                container.Name,
            .. Mounts(container, volumes),
            .. User(pod, container),
            .. container.WorkingDir.Length > 0 ? (string[])["env", "-C", container.WorkingDir] : [],
            .. words,
        ];
        foreach (var word in line)
        {
            start.ArgumentList.Add(word);
        }

        start.Environment.Clear();
        foreach (var (name, value) in variables)
        {
            start.Environment[name] = value;
        }

        return new ContainerProcess(Process.Start(start)!);
    }

    /// <summary>Waits for its end; gives the exit code.</summary>
    public async Task<int> WaitAsync(CancellationToken cancel)
    {
        await _process.WaitForExitAsync(cancel).ConfigureAwait(false);
        return _process.ExitCode;
    }

    /// <summary>Sends a signal to the program alone, or to it and all that it started.</summary>
    public void Signal(int signal, bool all)
    {
        if (!_process.HasExited)
        {
            SystemCalls.Signal(all ? -_process.Id : _process.Id, signal);
        }
    }

    public void Dispose() => _process.Dispose();

    private static List<string> Mounts(Container container, IReadOnlyDictionary<string, string> volumes)
    {
        List<string> words = [Text(container.VolumeMounts.Count)];
        foreach (var mount in container.VolumeMounts.OrderBy(m => m.MountPath.Length))
        {
            if (!volumes.TryGetValue(mount.Name, out var source))
            {
                throw new LocalException(
                    $"container {container.Name} mounts volume {mount.Name}, which the pod does not have");
            }

            words.AddRange([
                mount.SubPath.Length > 0 ? Path.Combine(source, mount.SubPath) : source,
                mount.MountPath,
                mount.ReadOnly ? "ro" : "rw"]);
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
