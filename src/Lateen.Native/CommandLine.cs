#pragma warning disable RS0030 // The composition root finds its files and owns the console.
using System.Runtime.InteropServices;

namespace Lateen.Native;

/// <summary>The whole command line: another executable of the same installation.</summary>
internal static unsafe partial class CommandLine
{
    // The shell's code for a command that is not there.
    private const int NotFound = 127;

    /// <summary><c>bin/lateen</c> is this process's file, <c>lib/lateen/lateen</c> the other.</summary>
    private static string Path => System.IO.Path.GetFullPath(
        System.IO.Path.Combine(System.IO.Path.GetDirectoryName(Environment.ProcessPath)!, "../lib/lateen/lateen"));

    /// <summary>Replaces this process; comes back only where that fails, with the exit code.</summary>
    public static int Become(IReadOnlyList<string> args)
    {
        var words = new nint[args.Count + 2];
        words[0] = Marshal.StringToCoTaskMemUTF8(Path);
        for (var i = 0; i < args.Count; i++)
        {
            words[i + 1] = Marshal.StringToCoTaskMemUTF8(args[i]);
        }

        fixed (nint* start = words)
        {
            _ = Execute(words[0], start);
        }

        var reason = Marshal.GetLastPInvokeErrorMessage();
        Console.Error.WriteLine($"lateen: {Path}: {reason}; this executable runs the commands agent, capture and "
            + "proxy, all others need that one: install both together");
        return NotFound;
    }

    [LibraryImport("libc", EntryPoint = "execv", SetLastError = true)]
    private static partial int Execute(nint path, nint* words);
}
