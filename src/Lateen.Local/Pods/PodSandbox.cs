using System.Diagnostics;
using System.Globalization;
using Lateen.Kubernetes.Objects;
using Lateen.Local.Network;
using Lateen.Local.Platform;

namespace Lateen.Local.Pods;

/// <summary>
/// A pod's network and mount namespaces, held by a process that sleeps. When that process ends, the kernel removes both
/// and all that was in them.
/// </summary>
internal sealed class PodSandbox : IPodSandbox
{
    private readonly Process _holder;
    private readonly LocalPod _pod;

    private PodSandbox(Process holder, LocalPod pod, string folder)
    {
        _holder = holder;
        _pod = pod;
        Folder = folder;
    }

    public string Folder { get; }

    public string InnerFolder => "/run/lateen/pod";

    /// <summary>Path of the pod's network namespace.</summary>
    public string NetworkNamespace =>
        string.Create(CultureInfo.InvariantCulture, $"/proc/{_holder.Id}/ns/net");

    /// <summary>Makes the namespaces and links them to the node.</summary>
    /// <exception cref="LocalException">The machine refused.</exception>
    public static async Task<PodSandbox> CreateAsync(LocalPod pod, string folder, IReadOnlyList<string> reachable)
    {
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(Path.Combine(folder, "resolv.conf"), $"""
            nameserver {AddressPlan.NameServer}
            search {pod.Id.Namespace}.svc.cluster.local svc.cluster.local cluster.local
            options ndots:5

            """).ConfigureAwait(false);
        await File.WriteAllTextAsync(Path.Combine(folder, "hosts"), $"""
            127.0.0.1 localhost
            ::1 localhost ip6-localhost ip6-loopback
            {pod.Address} {pod.Id.Name}

            """).ConfigureAwait(false);
        var start = new ProcessStartInfo("unshare") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var word in (string[])["--net", "--mount", "--uts", "--propagation", "private", "--", "/bin/sh", "-c",
            SandboxScripts.Hold, "hold", folder, pod.Id.Name, .. reachable])
        {
            start.ArgumentList.Add(word);
        }

        var holder = Process.Start(start)!;
        if (await holder.StandardOutput.ReadLineAsync().ConfigureAwait(false) != "ready")
        {
            var words = await holder.StandardError.ReadToEndAsync().ConfigureAwait(false);
            holder.Dispose();
            throw new LocalException($"the pod's namespaces could not be made: {words.Trim()}");
        }

        var sandbox = new PodSandbox(holder, pod, folder);
        var link = string.Create(CultureInfo.InvariantCulture, $"pod{pod.Number}");
        await NodeNetwork.ConnectAsync(holder.Id, link, pod.Address).ConfigureAwait(false);
        return sandbox;
    }

    public ContainerProcess Start(
        Container container,
        IReadOnlyList<string> words,
        IReadOnlyDictionary<string, string> variables,
        IReadOnlyDictionary<string, string> volumes,
        string logFile) => ContainerProcess.Start(
            [.. ContainerWords.Enter(_holder.Id, _pod, container, volumes), .. words], variables, logFile);

    public bool Run(IReadOnlyList<string> command) => Tool.Try("nsenter",
        ["--target", _holder.Id.ToString(CultureInfo.InvariantCulture), "--net", "--mount", "--uts", "--", .. command]);

    /// <summary>Removes everything. The pod's programs must have ended.</summary>
    public void Dispose()
    {
        SystemCalls.Signal(_holder.Id, SystemCalls.SigKill);
        _holder.WaitForExit();
        _holder.Dispose();
        try
        {
            Directory.Delete(Folder, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The folder lies in memory and goes with the mesh.
        }
    }
}
