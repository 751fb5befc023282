using System.Runtime.InteropServices;

namespace Lateen.Local.Platform;

/// <summary>The few system calls that .NET has no name for. Arguments are plain integers, so no unsafe code is
/// needed.</summary>
internal static class SystemCalls
{
    public const int SigKill = 9;
    public const int SigTerm = 15;

    private const int CloneNewNet = 0x40000000;

    // LibraryImport would generate unsafe code, which only Lateen.Net may hold.
#pragma warning disable SYSLIB1054
    /// <summary>Moves the calling thread into a network namespace.</summary>
    /// <returns>Zero, or the error number.</returns>
    public static int EnterNetworkNamespace(SafeHandle ns) =>
        setns((int)ns.DangerousGetHandle(), CloneNewNet) == 0 ? 0 : Marshal.GetLastPInvokeError();

    /// <summary>Sends a signal to a process, or to a whole process group when the number is negative.</summary>
    public static bool Signal(int process, int signal) => kill(process, signal) == 0;

    [DllImport("libc", SetLastError = true)]
    private static extern int setns(int fd, int type);

    [DllImport("libc", SetLastError = true)]
    private static extern int kill(int process, int signal);
#pragma warning restore SYSLIB1054
}
