using System.Runtime.InteropServices;
using Lateen.Net.Native;

namespace Lateen.Net;

/// <summary>Making and asking sockets. Calls of the data path give -1 and <c>errno</c>; set-up calls throw.</summary>
internal static unsafe class SocketCalls
{
    private const int SockAddrBytes = 128;

    internal static int Listen(in NetAddress address, SocketOptions options)
    {
        var fd = Open(address.Family);
        if (fd < 0)
        {
            throw new NetworkException("socket", Marshal.GetLastPInvokeError());
        }

        try
        {
            Prepare(fd, address, options);
            var buffer = stackalloc byte[SockAddrBytes];
            var length = address.WriteSockAddr(new Span<byte>(buffer, SockAddrBytes));
            SetRaw(fd, options, 0);
            Check(Kernel.Bind(fd, buffer, length), "bind");
            if (options.PathMode != 0 && address.Path is { Length: > 0 } path && path[0] != '@')
            {
                Check(Libc.Chmod(path, options.PathMode), "chmod");
            }

            SetRaw(fd, options, 1);
            Check(Kernel.Listen(fd, options.Backlog), "listen");
            SetRaw(fd, options, 2);
            return fd;
        }
        catch (NetworkException)
        {
            Kernel.Close(fd);
            throw;
        }
    }

    /// <summary>Begins a connection. -1 with <paramref name="error"/> when it failed at once.</summary>
    internal static int Connect(in NetAddress address, in NetAddress source, SocketOptions options, out int error)
    {
        error = 0;
        var fd = Open(address.Family);
        if (fd < 0)
        {
            error = Marshal.GetLastPInvokeError();
            return -1;
        }

        var buffer = stackalloc byte[SockAddrBytes];
        if (address.IsIp)
        {
            SetNoDelay(fd);
            SetUpstreamOptions(fd, options);
            if (options.Transparent && SetTransparent(fd, address.Family, options.Mark) != 0)
            {
                error = Marshal.GetLastPInvokeError();
                Kernel.Close(fd);
                return -1;
            }
        }

        if (source.Family == address.Family && source.IsIp)
        {
            Set(fd, Libc.SolIp, Libc.IpBindAddressNoPort, 1);
            var sourceLength = source.WriteSockAddr(new Span<byte>(buffer, SockAddrBytes));
            if (Kernel.Bind(fd, buffer, sourceLength) != 0)
            {
                error = Marshal.GetLastPInvokeError();
                Kernel.Close(fd);
                return -1;
            }
        }

        var length = address.WriteSockAddr(new Span<byte>(buffer, SockAddrBytes));
        if (Kernel.Connect(fd, buffer, length) != 0)
        {
            error = Marshal.GetLastPInvokeError();
            if (error != Libc.Einprogress)
            {
                Kernel.Close(fd);
                return -1;
            }
        }

        return fd;
    }

    internal static int Accept(int listener, out NetAddress peer, out int error)
    {
        var buffer = stackalloc byte[SockAddrBytes];
        var length = SockAddrBytes;
        var fd = Kernel.Accept4(listener, buffer, &length, Libc.SockNonBlock | Libc.SockCloexec);
        error = fd < 0 ? Marshal.GetLastPInvokeError() : 0;
        peer = fd < 0 ? default : NetAddress.ReadSockAddr(new ReadOnlySpan<byte>(buffer, length));
        return fd;
    }

    internal static NetAddress LocalAddress(int fd)
    {
        var buffer = stackalloc byte[SockAddrBytes];
        var length = SockAddrBytes;
        return Kernel.GetSockName(fd, buffer, &length) == 0
            ? NetAddress.ReadSockAddr(new ReadOnlySpan<byte>(buffer, length))
            : default;
    }

    /// <summary>Where a redirected connection was meant to go, as iptables keeps it.</summary>
    internal static bool TryGetOriginalDestination(int fd, in NetAddress local, out NetAddress destination)
    {
        var buffer = stackalloc byte[SockAddrBytes];
        var length = SockAddrBytes;
        var level = local.Family == NetFamily.IPv6 ? Libc.SolIpv6 : Libc.SolIp;
        if (local.IsIp && Kernel.GetSockOpt(fd, level, Libc.SoOriginalDst, buffer, &length) == 0)
        {
            destination = NetAddress.ReadSockAddr(new ReadOnlySpan<byte>(buffer, length));
            return true;
        }

        destination = default;
        return false;
    }

    internal static int TakeError(int fd)
    {
        var error = 0;
        var length = sizeof(int);
        return Kernel.GetSockOpt(fd, Libc.SolSocket, Libc.SoError, &error, &length) == 0
            ? error
            : Marshal.GetLastPInvokeError();
    }

    internal static void SetNoDelay(int fd) => Set(fd, Libc.SolTcp, Libc.TcpNoDelay, 1);

    /// <summary>The next close sends a reset instead of a FIN.</summary>
    internal static void SetResetOnClose(int fd)
    {
        var linger = stackalloc int[2];
        linger[0] = 1;
        linger[1] = 0;
        _ = Kernel.SetSockOpt(fd, Libc.SolSocket, Libc.SoLinger, linger, sizeof(int) * 2);
    }

    private static int Open(NetFamily family)
    {
        var domain = family switch
        {
            NetFamily.IPv4 => Libc.AfInet,
            NetFamily.IPv6 => Libc.AfInet6,
            _ => Libc.AfUnix,
        };
        return Kernel.Socket(domain, Libc.SockStream | Libc.SockNonBlock | Libc.SockCloexec, 0);
    }

    private static void Prepare(int fd, in NetAddress address, SocketOptions options)
    {
        if (!address.IsIp)
        {
            return;
        }

        Check(Set(fd, Libc.SolSocket, Libc.SoReuseAddr, 1), "SO_REUSEADDR");
        if (options.ReusePort)
        {
            Check(Set(fd, Libc.SolSocket, Libc.SoReusePort, 1), "SO_REUSEPORT");
        }

        if (options.Transparent)
        {
            Check(Set(fd, Libc.SolIp, Libc.IpTransparent, 1), "IP_TRANSPARENT");
        }

        if (options.Freebind)
        {
            const int IpFreebind = 15;
            Check(Set(fd, Libc.SolIp, IpFreebind, 1), "IP_FREEBIND");
        }

        if (options.FastOpenQueueLength > 0)
        {
            const int SolTcp = 6;
            const int TcpFastOpen = 23;
            Check(Set(fd, SolTcp, TcpFastOpen, options.FastOpenQueueLength), "TCP_FASTOPEN");
        }

        if (address.Family == NetFamily.IPv6)
        {
            Check(Set(fd, Libc.SolIpv6, Libc.Ipv6V6Only, options.Ipv4Compat ? 0 : 1), "IPV6_V6ONLY");
        }
    }

    private static void SetRaw(int fd, SocketOptions options, int state)
    {
        foreach (var (at, level, name, value) in options.Raw)
        {
            if (at == state)
            {
                fixed (byte* p = value)
                {
                    Check(Kernel.SetSockOpt(fd, level, name, p, value.Length), $"socket option {level}/{name}");
                }
            }
        }
    }

    private static void SetUpstreamOptions(int fd, SocketOptions options)
    {
        if (options.Mark != 0)
        {
            Set(fd, Libc.SolSocket, Libc.SoMark, options.Mark);
        }

        if (options.KeepAliveSeconds == 0)
        {
            return;
        }

        Set(fd, Libc.SolSocket, Libc.SoKeepAlive, 1);
        Set(fd, Libc.SolTcp, Libc.TcpKeepIdle, options.KeepAliveSeconds);
        if (options.KeepAliveIntervalSeconds > 0)
        {
            Set(fd, Libc.SolTcp, Libc.TcpKeepInterval, options.KeepAliveIntervalSeconds);
        }

        if (options.KeepAliveProbes > 0)
        {
            Set(fd, Libc.SolTcp, Libc.TcpKeepCount, options.KeepAliveProbes);
        }
    }

    /// <summary>The connection may come from another machine's address. Not for everybody: see <c>ip(7)</c>.</summary>
    private static int SetTransparent(int fd, NetFamily family, int mark)
    {
        const int Ipv6Transparent = 75;
        var result = family == NetFamily.IPv6
            ? Set(fd, Libc.SolIpv6, Ipv6Transparent, 1)
            : Set(fd, Libc.SolIp, Libc.IpTransparent, 1);
        return result != 0 || mark == 0 ? result : Set(fd, Libc.SolSocket, Libc.SoMark, mark);
    }

    private static int Set(int fd, int level, int name, int value) =>
        Kernel.SetSockOpt(fd, level, name, &value, sizeof(int));

    private static void Check(int result, string call)
    {
        if (result != 0)
        {
            throw new NetworkException(call, Marshal.GetLastPInvokeError());
        }
    }
}
