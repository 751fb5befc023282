using System.Globalization;

namespace Lateen.Capture;

/// <summary>What this process may do.</summary>
public static class Privileges
{
    /// <summary>CAP_NET_BIND_SERVICE of capabilities(7).</summary>
    public const int NetBindService = 10;

    /// <summary>CAP_NET_ADMIN of capabilities(7).</summary>
    public const int NetAdmin = 12;

    /// <summary>CAP_SYS_ADMIN of capabilities(7).</summary>
    public const int SysAdmin = 21;

    /// <summary>Whether the process has a capability in effect.</summary>
    /// <param name="statusFile">Contents of <c>/proc/self/status</c>.</param>
    /// <param name="capability">Number of the capability.</param>
    public static bool Has(string statusFile, int capability)
    {
        foreach (var line in statusFile.Split('\n'))
        {
            if (line.StartsWith("CapEff:", StringComparison.Ordinal)
                && ulong.TryParse(line.AsSpan(7)
                    .Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var set))
            {
                return (set & (1UL << capability)) != 0;
            }
        }

        return false;
    }
}
