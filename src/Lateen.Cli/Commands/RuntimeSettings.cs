using System.Collections;
using System.Runtime.InteropServices;
using System.Text;

namespace Lateen.Cli.Commands;

/// <summary>
/// Settings of the .NET runtime that it reads at its start only, and that one command of this executable wants
/// otherwise than the others: the program is replaced by itself, with the same process id, arguments and open files.
/// </summary>
internal static class RuntimeSettings
{
    private const string Self = "/proc/self/exe";
    private const string Arguments = "/proc/self/cmdline";

    /// <summary>
    /// The control plane runs much code a little. Measuring all of it first, to compile it better for the few paths
    /// that are taken, costs more than it gains there (decision 0221). Does nothing when the variable is set
    /// already, and where the program cannot be replaced.
    /// </summary>
    internal static void RestartWithoutProfiling()
    {
        const string Profiling = "DOTNET_TieredPGO";
        var environment = Environment.GetEnvironmentVariables();
        if (!OperatingSystem.IsLinux() || environment.Contains(Profiling))
        {
            return;
        }
        var arguments = Encoding.UTF8.GetString(File.ReadAllBytes(Arguments)).TrimEnd('\0').Split('\0');
        var variables = environment.Cast<DictionaryEntry>().Select(entry => $"{entry.Key}={entry.Value}")
            .Append($"{Profiling}=0");
        // Returns only when it fails; then the control plane runs as it is.
        _ = Execve(Self, [.. arguments, null], [.. variables, null]);
    }

#pragma warning disable SYSLIB1054 // Marshalling made at compile time is unsafe code, which stays in Lateen.Net.
    [DllImport("libc", EntryPoint = "execve")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Execve(
        [MarshalAs(UnmanagedType.LPUTF8Str)] string path,
        [MarshalAs(UnmanagedType.LPArray, ArraySubType = UnmanagedType.LPStr)] string?[] arguments,
        [MarshalAs(UnmanagedType.LPArray, ArraySubType = UnmanagedType.LPStr)] string?[] environment);
#pragma warning restore SYSLIB1054
}
