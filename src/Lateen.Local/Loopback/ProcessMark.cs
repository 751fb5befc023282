using System.Diagnostics;

namespace Lateen.Local.Loopback;

/// <summary>
/// Where there is no namespace whose end is the end of all in it, a mesh's processes are known by a variable that all
/// of them inherit. A small program of the shell waits beside the mesh for the end of the process that started it,
/// however that ends, and then ends what carries the mark.
/// </summary>
internal static class ProcessMark
{
    /// <summary>Name of the variable; its value is the state folder.</summary>
    public const string Variable = "LATEEN_MESH";

    // Arguments: the mark, and the folder of the pods. Reading ends when the writer's process has ended.
    private const string Script = """
        trap '' INT TERM HUP
        while read -r line; do :; done
        quiet=0 rounds=0
        while [ "$quiet" -lt 3 ] && [ "$rounds" -lt 100 ]; do
          found=
          for file in $(grep -lzsxF -- "$1" /proc/[0-9]*/environ 2>/dev/null); do
            process=${file%/environ}
            kill -9 "${process#/proc/}" 2>/dev/null && found=1
          done
          if [ -n "$found" ]; then quiet=0; else quiet=$((quiet+1)); fi
          rounds=$((rounds+1))
          sleep 0.05
        done
        rm -rf -- "$2"
        """;

    /// <summary>The variable and its value.</summary>
    public static string Of(string stateFolder) => $"{Variable}={Path.GetFullPath(stateFolder)}";

    /// <summary>Starts the program that waits.</summary>
    public static MeshGuard Guard(string stateFolder, string podFolder)
    {
        var start = new ProcessStartInfo("setsid", ["sh", "-c", Script, "lateen-guard", Of(stateFolder), podFolder])
        {
            RedirectStandardInput = true,
        };
        start.Environment.Remove(Variable);
        return new MeshGuard(Process.Start(start)!);
    }

    /// <summary>Ends whatever carries the mark now and removes the pods' folder.</summary>
    public static void Sweep(string stateFolder, string podFolder)
    {
        using var guard = Guard(stateFolder, podFolder);
    }
}
