using System.Text.RegularExpressions;
using Lateen.TestKit;

namespace Lateen.EndToEnd.Tests.Machine;

/// <summary>What a mesh could leave on the machine.</summary>
internal static partial class MachineState
{
    /// <summary>Rules, named network namespaces, links and mounts of the machine itself.</summary>
    public static async Task<string> ReadAsync()
    {
        var rules = await SayAsync("iptables-save");
        return $"""
            iptables: {Counters().Replace(rules, "")}
            ip netns: {await SayAsync("ip", "netns", "list")}
            links: {await SayAsync("ip", "-o", "-br", "link")}
            mounts: {await File.ReadAllTextAsync("/proc/self/mounts")}
            """;
    }

    /// <summary>The process namespace that a process gives to its children.</summary>
    public static string ChildNamespaceOf(int process) =>
        File.ResolveLinkTarget($"/proc/{process}/ns/pid_for_children", false)!.Name;

    /// <summary>All processes of a process namespace.</summary>
    public static List<string> MembersOf(string processNamespace)
    {
        List<string> members = [];
        foreach (var folder in Directory.EnumerateDirectories("/proc").Where(f => char.IsAsciiDigit(f[6])))
        {
            try
            {
                if (File.ResolveLinkTarget($"{folder}/ns/pid", false)?.Name == processNamespace)
                {
                    members.Add(File.ReadAllText($"{folder}/cmdline").Replace('\0', ' '));
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It ended meanwhile, or has ended and waits to be reaped.
            }
        }

        return members;
    }

    private static async Task<string> SayAsync(string program, params string[] words) =>
        (await Peer.RunAsync(program, words)).Output;

    // Comment lines carry the time, and counters count other programs' packets.
    [GeneratedRegex(@"^#.*\n|\[\d+:\d+\]", RegexOptions.Multiline)]
    private static partial Regex Counters();
}
