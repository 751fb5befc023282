using System.Runtime.InteropServices;

namespace Lateen.Net.Native;

/// <content>
/// The two calls of every request, as cheaply as they can be made: for sockets that never block, past libc's
/// cancellation points and without telling the collector, which waits for at most one such call.
/// </content>
internal static unsafe partial class Libc
{
    private static readonly nint SendToNumber = SystemCallNumber(44, 206);
    private static readonly nint ReceiveFromNumber = SystemCallNumber(45, 207);

    /// <summary>recv(2) on a non-blocking socket; below zero the error is in
    /// <see cref="Marshal.GetLastPInvokeError"/>.</summary>
    internal static nint Recv(int fd, byte* buffer, nint length, int flags)
    {
        var n = ReceiveFromNumber < 0 ? RecvPortable(fd, buffer, length, flags)
            : SystemCall(ReceiveFromNumber, fd, buffer, length, flags, 0, 0);
        if (n < 0)
        {
            Marshal.SetLastPInvokeError(Marshal.GetLastSystemError());
        }

        return n;
    }

    /// <summary>send(2) on a non-blocking socket; below zero the error is in
    /// <see cref="Marshal.GetLastPInvokeError"/>.</summary>
    internal static nint Send(int fd, byte* buffer, nint length, int flags)
    {
        var n = SendToNumber < 0 ? SendPortable(fd, buffer, length, flags)
            : SystemCall(SendToNumber, fd, buffer, length, flags, 0, 0);
        if (n < 0)
        {
            Marshal.SetLastPInvokeError(Marshal.GetLastSystemError());
        }

        return n;
    }

    /// <summary>The call's number in Linux's table, -1 for a processor whose table is not known here.</summary>
    private static nint SystemCallNumber(int x64, int arm64) => RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => x64,
        Architecture.Arm64 => arm64,
        _ => -1,
    };

    [SuppressGCTransition]
    [LibraryImport(Library, EntryPoint = "syscall")]
    private static partial nint SystemCall(
        nint number, nint fd, byte* buffer, nint length, nint flags, nint address, nint addressLength);

    [LibraryImport(Library, EntryPoint = "recv")]
    private static partial nint RecvPortable(int fd, byte* buffer, nint length, int flags);

    [LibraryImport(Library, EntryPoint = "send")]
    private static partial nint SendPortable(int fd, byte* buffer, nint length, int flags);
}
