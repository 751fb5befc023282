using System.Runtime.InteropServices;

namespace Lateen.Net.Native;

/// <summary>The socket, epoll and clock calls of the C library. Numbers are those of Linux on x86-64 and
/// arm64.</summary>
internal static unsafe partial class Libc
{
    internal const int AfUnix = 1;
    internal const int AfInet = 2;
    internal const int AfInet6 = 10;

    internal const int SockStream = 1;
    internal const int SockNonBlock = 0x800;
    internal const int SockCloexec = 0x80000;

    internal const int MsgPeek = 0x2;
    internal const int MsgDontWait = 0x40;
    internal const int MsgNoSignal = 0x4000;

    internal const int SolSocket = 1;
    internal const int SolIp = 0;
    internal const int SolTcp = 6;
    internal const int SolIpv6 = 41;
    internal const int SoReuseAddr = 2;
    internal const int SoError = 4;
    internal const int SoKeepAlive = 9;
    internal const int SoLinger = 13;
    internal const int SoReusePort = 15;
    internal const int SoMark = 36;
    internal const int IpTransparent = 19;
    internal const int IpBindAddressNoPort = 24;
    internal const int SoOriginalDst = 80;
    internal const int Ipv6V6Only = 26;
    internal const int TcpNoDelay = 1;
    internal const int TcpKeepIdle = 4;
    internal const int TcpKeepInterval = 5;
    internal const int TcpKeepCount = 6;
    internal const int TcpFastOpen = 23;

    internal const int ShutWrite = 1;

    internal const int Eintr = 4;
    internal const int Eagain = 11;
    internal const int Einval = 22;
    internal const int Epipe = 32;
    internal const int Econnaborted = 103;
    internal const int Econnreset = 104;
    internal const int Einprogress = 115;
    internal const int Emfile = 24;
    internal const int Enfile = 23;

    internal const uint EpollIn = 0x1;
    internal const uint EpollOut = 0x4;
    internal const uint EpollErr = 0x8;
    internal const uint EpollHup = 0x10;
    internal const uint EpollRdHup = 0x2000;
    internal const uint EpollEt = 1u << 31;

    internal const int EpollCtlAdd = 1;
    internal const int EpollCtlDel = 2;

    private const string Library = "libc";

    [LibraryImport(Library, EntryPoint = "socket", SetLastError = true)]
    internal static partial int Socket(int domain, int type, int protocol);

    [LibraryImport(Library, EntryPoint = "bind", SetLastError = true)]
    internal static partial int Bind(int fd, byte* address, int length);

    [LibraryImport(Library, EntryPoint = "listen", SetLastError = true)]
    internal static partial int Listen(int fd, int backlog);

    [LibraryImport(Library, EntryPoint = "accept4", SetLastError = true)]
    internal static partial int Accept4(int fd, byte* address, int* length, int flags);

    [LibraryImport(Library, EntryPoint = "connect", SetLastError = true)]
    internal static partial int Connect(int fd, byte* address, int length);

    [LibraryImport(Library, EntryPoint = "readv", SetLastError = true)]
    internal static partial nint ReadV(int fd, IoVector* vectors, int count);

    [LibraryImport(Library, EntryPoint = "sendmsg", SetLastError = true)]
    internal static partial nint SendMessage(int fd, MessageHeader* message, int flags);

    [LibraryImport(Library, EntryPoint = "shutdown", SetLastError = true)]
    internal static partial int Shutdown(int fd, int how);

    [LibraryImport(Library, EntryPoint = "close", SetLastError = true)]
    internal static partial int Close(int fd);

    [LibraryImport(Library, EntryPoint = "setsockopt", SetLastError = true)]
    internal static partial int SetSockOpt(int fd, int level, int name, void* value, int length);

    [LibraryImport(Library, EntryPoint = "getsockopt", SetLastError = true)]
    internal static partial int GetSockOpt(int fd, int level, int name, void* value, int* length);

    [LibraryImport(Library, EntryPoint = "getsockname", SetLastError = true)]
    internal static partial int GetSockName(int fd, byte* address, int* length);

    [LibraryImport(Library, EntryPoint = "getpeername", SetLastError = true)]
    internal static partial int GetPeerName(int fd, byte* address, int* length);

    [LibraryImport(Library, EntryPoint = "epoll_create1", SetLastError = true)]
    internal static partial int EpollCreate1(int flags);

    [LibraryImport(Library, EntryPoint = "epoll_ctl", SetLastError = true)]
    internal static partial int EpollCtl(int epoll, int operation, int fd, void* ev);

    [LibraryImport(Library, EntryPoint = "epoll_wait", SetLastError = true)]
    internal static partial int EpollWait(int epoll, void* events, int maxEvents, int timeout);

    [LibraryImport(Library, EntryPoint = "eventfd", SetLastError = true)]
    internal static partial int EventFd(uint initial, int flags);

    [LibraryImport(Library, EntryPoint = "read", SetLastError = true)]
    internal static partial nint Read(int fd, void* buffer, nint length);

    [LibraryImport(Library, EntryPoint = "write", SetLastError = true)]
    internal static partial nint Write(int fd, void* buffer, nint length);

    [LibraryImport(Library, EntryPoint = "unlink", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Unlink(string path);

    [LibraryImport(Library, EntryPoint = "chmod", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Chmod(string path, uint mode);
}
