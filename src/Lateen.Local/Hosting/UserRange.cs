using Lateen.Local.Platform;

namespace Lateen.Local.Hosting;

/// <summary>What keeps a user from a user namespace with more users than one (subuid(5), newuidmap(1)).</summary>
internal static class UserRange
{
    private static readonly string[] _files = ["/etc/subuid", "/etc/subgid"];

    /// <summary>The first obstacle, and the way past it.</summary>
    public static string FindObstacle()
    {
        if (Tool.IsAbsent("newuidmap"))
        {
            return "there is no newuidmap: install the package uidmap, which also needs a line such as "
                + "\"USER:100000:65536\" for your user in /etc/subuid and /etc/subgid";
        }

        var (name, number) = (Environment.UserName, Tool.Run("id", ["-u"]).Trim());
        foreach (var file in _files)
        {
            if (!HasRange(File.Exists(file) ? File.ReadAllLines(file) : [], name, number))
            {
                return $"{file} has no range for the user {name} ({number}): let root run "
                    + $"usermod --add-subuids 100000-165535 --add-subgids 100000-165535 {name}";
            }
        }

        return "the package uidmap is there and /etc/subuid has a range, but unshare is refused: allow user namespaces "
            + "(sysctl kernel.unprivileged_userns_clone=1, or kernel.apparmor_restrict_unprivileged_userns=0, where "
            + "these exist), and setuid programs (no no_new_privs, no mount with nosuid)";
    }

    /// <summary>Lines are <c>NAME-OR-NUMBER:FIRST:COUNT</c>.</summary>
    internal static bool HasRange(IEnumerable<string> lines, string name, string number) =>
        lines.Select(l => l.Split(':')).Any(w => w.Length == 3 && (w[0] == name || w[0] == number)
            && int.TryParse(w[2], out var count) && count > 0);
}
