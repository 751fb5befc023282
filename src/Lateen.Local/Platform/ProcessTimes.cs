using System.Globalization;

namespace Lateen.Local.Platform;

/// <summary>Tells a process from a later one that got its number.</summary>
internal static class ProcessTimes
{
    /// <summary>When a process was started, in clock ticks since boot (proc(5), field 22); null when there is
    /// none.</summary>
    public static long? StartTime(int process)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{process.ToString(CultureInfo.InvariantCulture)}/stat");
            // The command in parentheses may hold anything; the numbers begin behind the last one.
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] == "Z" ? null : long.Parse(fields[19], CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            return null;
        }
    }
}
