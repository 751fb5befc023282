using System.Diagnostics;
using Lateen.Kubernetes.Objects;
using Lateen.Local.Pods;

namespace Lateen.Local.Loopback;

/// <summary>What all sandboxes of a mesh have in common.</summary>
/// <param name="Mark">Variable and value that the mesh's processes are known by.</param>
internal sealed record LoopbackSandboxOptions(string Mark);

/// <summary>
/// A pod without namespaces: a folder. Each container starts in a folder of its own in which links stand for its
/// mounts, so that relative paths are those of a container; absolute ones are put right where they stand in the command
/// and in variables.
/// </summary>
internal sealed class LoopbackSandbox : IPodSandbox
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private readonly LoopbackSandboxOptions _options;

    private LoopbackSandbox(string folder, LoopbackSandboxOptions options)
    {
        Folder = folder;
        _options = options;
    }

    public string Folder { get; }

    public string InnerFolder => Folder;

    public static LoopbackSandbox Create(LocalPod pod, string folder, LoopbackSandboxOptions options)
    {
        try
        {
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }

            // Tokens lie in it.
            Directory.CreateDirectory(folder, Private);
            return new LoopbackSandbox(folder, options);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LocalException($"the folder of pod {pod.Id} cannot be made: {e.Message}", e);
        }
    }

    public ContainerProcess Start(
        Container container,
        IReadOnlyList<string> words,
        IReadOnlyDictionary<string, string> variables,
        IReadOnlyDictionary<string, string> volumes,
        string logFile)
    {
        var root = Path.Combine(Folder, "root", container.Name);
        Directory.CreateDirectory(root);
        List<(string Mount, string Source)> mounts = [];
        foreach (var mount in container.VolumeMounts.OrderBy(m => m.MountPath.Length))
        {
            var source = ContainerWords.Source(container, mount, volumes);
            Link(root, mount.MountPath, source);
            mounts.Add((mount.MountPath.TrimEnd('/'), source));
        }

        var own = container.Name == ContainerEnvironment.ProxyContainer;
        string Right(string text) => own ? text : MountPaths.Replace(text, mounts);
        var all = variables.ToDictionary(v => v.Key, v => v.Key == "PATH" ? v.Value : Right(v.Value));
        var mark = _options.Mark.Split('=', 2);
        all[mark[0]] = mark[1];
        var place = container.WorkingDir.Length > 0 && Directory.Exists(container.WorkingDir)
            ? container.WorkingDir : root;
        return ContainerProcess.Start(["env", "-C", place, .. words.Select(Right)], all, logFile);
    }

    public bool Run(IReadOnlyList<string> command)
    {
        var mark = _options.Mark.Split('=', 2);
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Folder,
        };
        start.Environment[mark[0]] = mark[1];
        try
        {
            using var process = Process.Start(start)!;
            process.OutputDataReceived += (_, _) => { };
            process.ErrorDataReceived += (_, _) => { };
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    public void Dispose()
    {
        try
        {
            Directory.Delete(Folder, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The guard removes what is left.
        }
    }

    private static void Link(string root, string path, string source)
    {
        var link = Path.GetFullPath(Path.Combine(root, path.TrimStart('/')));
        if (!link.StartsWith(root + "/", StringComparison.Ordinal) || Path.Exists(link))
        {
            return;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(link)!);
        File.CreateSymbolicLink(link, source);
    }
}
