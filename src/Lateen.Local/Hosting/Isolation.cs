using Lateen.Capture;
using Lateen.Local.Platform;

namespace Lateen.Local.Hosting;

/// <summary>How this machine lets us make namespaces.</summary>
public sealed class Isolation
{
    private static readonly string[] _namespaces =
        ["--net", "--mount", "--pid", "--fork", "--kill-child=KILL", "--mount-proc", "--propagation", "private"];

    private Isolation(string name, string[] words, string sharedReason = "")
    {
        Name = name;
        SharedReason = sharedReason;
        Words = words;
    }

    /// <summary>For people: root, user namespace, or none.</summary>
    public string Name { get; }

    /// <summary>Why the mesh shares the machine's own network and nothing is captured; empty where it does
    /// not.</summary>
    public string SharedReason { get; }

    /// <summary>Whether the mesh shares the machine's own network.</summary>
    public bool IsShared => SharedReason.Length > 0;

    /// <summary>The words in front of a command that is to run in namespaces of its own and die with its
    /// parent.</summary>
    public IReadOnlyList<string> Words { get; }

    /// <summary>Finds the way.</summary>
    /// <param name="noNamespaces">None are wanted.</param>
    /// <exception cref="LocalException">A tool is missing; the message tells what would help.</exception>
    public static Isolation Find(bool noNamespaces = false)
    {
        if (noNamespaces)
        {
            return Shared("as --no-namespaces asks");
        }

        foreach (var tool in (string[])["unshare", "nsenter", "setpriv", "ip", "iptables-restore", "mount"])
        {
            if (!Tool.Try(tool, "--version") && !Tool.Try(tool, "-V"))
            {
                throw new LocalException(
                    $"there is no {tool} here: install the packages util-linux, iproute2 and iptables, "
                    + "or say --no-namespaces for a mesh without capture");
            }
        }

        if (Privileges.Has(File.ReadAllText("/proc/self/status"), Privileges.SysAdmin))
        {
            return Tool.Try("unshare", ["--net", "--mount", "true"])
                ? new Isolation("root", ["setpriv", "--pdeathsig", "KILL", "unshare", .. _namespaces, "--"])
                : Shared("this machine does not let even root make network namespaces (a container without "
                    + "CAP_SYS_ADMIN, or seccomp): run it with --privileged or on the machine itself");
        }

        string[] user = ["--user", "--map-root-user", "--map-auto"];
        if (Tool.Try("unshare", [.. user, "--net", "--mount", "setpriv", "--reuid", "1337", "--clear-groups", "true"]))
        {
            return new Isolation("user namespace",
                ["setpriv", "--pdeathsig", "KILL", "unshare", .. user, .. _namespaces, "--"]);
        }

        return Shared("without root they need a private user namespace with a range of users, and this machine gives "
            + $"none: {UserRange.FindObstacle()}; or run as root (sudo)");
    }

    private static Isolation Shared(string reason) => !Tool.Try("setpriv", "--version")
        ? throw new LocalException("there is no setpriv here: install the package util-linux")
        : new Isolation("none", ["setpriv", "--pdeathsig", "KILL", "--"], reason);
}
