using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Lateen.Net.Native;

namespace Lateen.Net;

/// <summary>An IPv4 or IPv6 address with port, or a path of a unix socket. IPv4-mapped addresses are held as
/// IPv4.</summary>
public readonly struct NetAddress : IEquatable<NetAddress>
{
    private const int UnixPathMax = 107;

    /// <summary>Bytes that any text form fits in.</summary>
    public const int TextBytesMax = 64;

    private readonly ulong _high;
    private readonly ulong _low;

    private NetAddress(NetFamily family, ulong high, ulong low, int port, string? path)
    {
        Family = family;
        _high = high;
        _low = low;
        Port = (ushort)port;
        Path = path;
    }

    /// <summary>What kind of address this is.</summary>
    public NetFamily Family { get; }

    /// <summary>Port; 0 for unix sockets.</summary>
    public ushort Port { get; }

    /// <summary>Path of a unix socket (a leading @ stands for the abstract name space), else null.</summary>
    public string? Path { get; }

    /// <summary>Whether this is an IPv4 or IPv6 address.</summary>
    public bool IsIp => Family is NetFamily.IPv4 or NetFamily.IPv6;

    /// <summary>First eight bytes of an IPv6 address in network order; 0 for IPv4.</summary>
    public ulong High => _high;

    /// <summary>Last eight bytes of an IPv6 address; an IPv4 address as a number.</summary>
    public ulong Low => _low;

    /// <summary>Whether it is in 127.0.0.0/8 or ::1.</summary>
    public bool IsLoopback => Family switch
    {
        NetFamily.IPv4 => _low >> 24 == 127,
        NetFamily.IPv6 => _high == 0 && _low == 1,
        _ => false,
    };

    /// <summary>Whether it is 0.0.0.0 or ::.</summary>
    public bool IsAny => IsIp && _high == 0 && _low == 0;

    /// <summary>An IPv4 address given as a number, most significant byte first.</summary>
    public static NetAddress V4(uint address, int port) => new(NetFamily.IPv4, 0, address, port, null);

    /// <summary>An IPv6 address; a mapped IPv4 address becomes IPv4.</summary>
    public static NetAddress V6(ulong high, ulong low, int port) => high == 0 && low >> 32 == 0xFFFF
        ? V4((uint)low, port)
        : new NetAddress(NetFamily.IPv6, high, low, port, null);

    /// <summary>A unix socket.</summary>
    public static NetAddress Unix(string path) => new(NetFamily.Unix, 0, 0, 0, path);

    /// <summary>From the library's type.</summary>
    public static NetAddress From(IPAddress address, int port)
    {
        ArgumentNullException.ThrowIfNull(address);
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out var written);
        return written == 4
            ? V4(BinaryPrimitives.ReadUInt32BigEndian(bytes), port)
            : V6(BinaryPrimitives.ReadUInt64BigEndian(bytes), BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]), port);
    }

    /// <summary>Reads a bare IP address (no port, no brackets).</summary>
    public static bool TryParseIp(string text, int port, out NetAddress address)
    {
        if (IPAddress.TryParse(text, out var ip)
            && (ip.AddressFamily == AddressFamily.InterNetworkV6 || Dots(text) == 3))
        {
            address = From(ip, port);
            return true;
        }

        address = default;
        return false;
    }

    /// <summary>The same address with another port.</summary>
    public NetAddress WithPort(int port) => new(Family, _high, _low, port, Path);

    /// <summary>Whether the IP addresses are equal; ports are not looked at.</summary>
    public bool SameIp(in NetAddress other) => Family == other.Family && _high == other._high && _low == other._low;

    /// <summary>Writes the IP address alone as text. Returns the number of bytes.</summary>
    public int FormatIp(Span<byte> target)
    {
        if (Family == NetFamily.IPv4)
        {
            var n = 0;
            for (var shift = 24; shift >= 0; shift -= 8)
            {
                n += FormatByte((byte)(_low >> shift), target[n..]);
                if (shift > 0)
                {
                    target[n++] = (byte)'.';
                }
            }

            return n;
        }

        return Family == NetFamily.IPv6 ? NetAddressText.FormatV6(_high, _low, target) : 0;
    }

    /// <summary>Writes <c>address:port</c>, <c>[v6]:port</c> or the path as text. Returns the number of
    /// bytes.</summary>
    public int Format(Span<byte> target)
    {
        switch (Family)
        {
            case NetFamily.None:
                return 0;
            case NetFamily.Unix:
                return Encoding.UTF8.GetBytes(Path.AsSpan(0, Math.Min(Path!.Length, target.Length / 3)), target);
            default:
                var n = 0;
                if (Family == NetFamily.IPv6)
                {
                    target[n++] = (byte)'[';
                }

                n += FormatIp(target[n..]);
                if (Family == NetFamily.IPv6)
                {
                    target[n++] = (byte)']';
                }

                target[n++] = (byte)':';
                Port.TryFormat(target[n..], out var written);
                return n + written;
        }
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        if (Family == NetFamily.Unix)
        {
            return Path!;
        }

        Span<byte> text = stackalloc byte[TextBytesMax];
        return Encoding.ASCII.GetString(text[..Format(text)]);
    }

    /// <inheritdoc/>
    public bool Equals(NetAddress other) => SameIp(other) && Port == other.Port && Path == other.Path;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is NetAddress other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Family, _high, _low, Port, Path);

    /// <summary>Equality of family, address, port and path.</summary>
    public static bool operator ==(NetAddress left, NetAddress right) => left.Equals(right);

    /// <summary>Inequality of family, address, port or path.</summary>
    public static bool operator !=(NetAddress left, NetAddress right) => !left.Equals(right);

    /// <summary>Writes the kernel's form (<c>struct sockaddr_*</c>); needs 128 bytes. Returns its length.</summary>
    internal int WriteSockAddr(Span<byte> target)
    {
        target[..28].Clear();
        switch (Family)
        {
            case NetFamily.IPv4:
                BinaryPrimitives.WriteUInt16LittleEndian(target, Libc.AfInet);
                BinaryPrimitives.WriteUInt16BigEndian(target[2..], Port);
                BinaryPrimitives.WriteUInt32BigEndian(target[4..], (uint)_low);
                return 16;
            case NetFamily.IPv6:
                BinaryPrimitives.WriteUInt16LittleEndian(target, Libc.AfInet6);
                BinaryPrimitives.WriteUInt16BigEndian(target[2..], Port);
                BinaryPrimitives.WriteUInt64BigEndian(target[8..], _high);
                BinaryPrimitives.WriteUInt64BigEndian(target[16..], _low);
                return 28;
            default:
                BinaryPrimitives.WriteUInt16LittleEndian(target, Libc.AfUnix);
                var path = Path ?? "";
                var n = Encoding.UTF8.GetBytes(path.AsSpan(0, Math.Min(path.Length, UnixPathMax)), target[2..]);
                if (path.StartsWith('@'))
                {
                    target[2] = 0;
                    return 2 + n;
                }

                target[2 + n] = 0;
                return 3 + n;
        }
    }

    internal static NetAddress ReadSockAddr(ReadOnlySpan<byte> source)
    {
        var family = source.Length < 2 ? 0 : BinaryPrimitives.ReadUInt16LittleEndian(source);
        return family switch
        {
            Libc.AfInet => V4(
                BinaryPrimitives.ReadUInt32BigEndian(source[4..]), BinaryPrimitives.ReadUInt16BigEndian(source[2..])),
            Libc.AfInet6 => V6(
                BinaryPrimitives.ReadUInt64BigEndian(source[8..]),
                BinaryPrimitives.ReadUInt64BigEndian(source[16..]),
                BinaryPrimitives.ReadUInt16BigEndian(source[2..])),
            Libc.AfUnix => Unix(Encoding.UTF8.GetString(source[2..].TrimEnd((byte)0))),
            _ => default,
        };
    }

    private static int FormatByte(byte value, Span<byte> target)
    {
        value.TryFormat(target, out var written);
        return written;
    }

    private static int Dots(string text)
    {
        var count = 0;
        foreach (var c in text)
        {
            count += c == '.' ? 1 : 0;
        }

        return count;
    }
}
