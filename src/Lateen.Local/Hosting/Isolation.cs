using Lateen.Capture;
using Lateen.Local.Platform;

namespace Lateen.Local.Hosting;

/// <summary>How this machine lets us make namespaces.</summary>
public sealed class Isolation
{
    private static readonly string[] _namespaces =
        ["--net", "--mount", "--pid", "--fork", "--kill-child=KILL", "--mount-proc", "--propagation", "private"];

    private Isolation(string name, string[] words)
    {
        Name = name;
        Words = words;
    }

    /// <summary>For people: root, or user namespace.</summary>
    public string Name { get; }

    /// <summary>The words in front of a command that is to run in namespaces of its own and die with its
    /// parent.</summary>
    public IReadOnlyList<string> Words { get; }

    /// <summary>Finds the way.</summary>
    /// <exception cref="LocalException">There is none; the message tells what would help.</exception>
    public static Isolation Find()
    {
        foreach (var tool in (string[])["unshare", "nsenter", "setpriv", "ip", "iptables-restore", "mount"])
        {
            if (!Tool.Try(tool, "--version") && !Tool.Try(tool, "-V"))
            {
                throw new LocalException(
                    $"there is no {tool} here: install the packages util-linux, iproute2 and iptables");
            }
        }

        if (Privileges.Has(File.ReadAllText("/proc/self/status"), Privileges.SysAdmin))
        {
            return Tool.Try("unshare", ["--net", "--mount", "true"])
                ? new Isolation("root", ["setpriv", "--pdeathsig", "KILL", "unshare", .. _namespaces, "--"])
                : throw new LocalException(
                    "this machine does not let even root make network namespaces (a container without "
                    + "CAP_SYS_ADMIN, or seccomp); run it with --privileged or on the machine itself");
        }

        string[] user = ["--user", "--map-root-user", "--map-auto"];
        if (Tool.Try("unshare", [.. user, "--net", "--mount", "setpriv", "--reuid", "1337", "--clear-groups", "true"]))
        {
            return new Isolation("user namespace",
                ["setpriv", "--pdeathsig", "KILL", "unshare", .. user, .. _namespaces, "--"]);
        }

        throw new LocalException("without root the mesh needs a private user namespace with a range of users, and "
            + $"this machine gives none: {UserRange.FindObstacle()}; or run as root (sudo)");
    }
}
