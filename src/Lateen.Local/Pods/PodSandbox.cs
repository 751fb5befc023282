using System.Diagnostics;
using System.Globalization;
using Lateen.Local.Network;
using Lateen.Local.Platform;

namespace Lateen.Local.Pods;

/// <summary>
/// A pod's network and mount namespaces, held by a process that sleeps. When that process ends, the kernel removes both
/// and all that was in them.
/// </summary>
internal sealed class PodSandbox : IDisposable
{
    private readonly Process _holder;

    private PodSandbox(Process holder, string folder)
    {
        _holder = holder;
        Folder = folder;
    }

    /// <summary>The pod's folder, <see cref="InnerFolder"/> inside.</summary>
    public string Folder { get; }

    /// <summary>Where the pod's folder is seen inside.</summary>
    public const string InnerFolder = "/run/lateen/pod";

    public int HolderProcess => _holder.Id;

    /// <summary>Path of the pod's network namespace.</summary>
    public string NetworkNamespace => $"/proc/{HolderProcess}/ns/net";

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

        var sandbox = new PodSandbox(holder, folder);
        var link = string.Create(CultureInfo.InvariantCulture, $"pod{pod.Number}");
        await NodeNetwork.ConnectAsync(holder.Id, link, pod.Address).ConfigureAwait(false);
        return sandbox;
    }

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
