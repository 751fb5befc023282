using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Lateen.Proxy.Addresses;

namespace Lateen.Proxy.Runtime;

/// <summary>Reads the PROXY protocol's header, versions 1 and 2. Pure.</summary>
internal static class ProxyProtocol
{
    /// <summary>Bytes looked at for a header: version 2 with addresses and extensions.</summary>
    internal const int HeaderBytesMax = 16 + (64 * 1024);

    private const int Version1BytesMax = 108;

    internal static ReadOnlySpan<byte> Signature2 => "\r\n\r\n\0\r\nQUIT\n"u8;

    internal static InspectResult Read(ReadOnlySpan<byte> bytes, out ProxyHeader header)
    {
        header = default;
        var shared = Math.Min(bytes.Length, Signature2.Length);
        if (bytes[..shared].SequenceEqual(Signature2[..shared]))
        {
            return shared < Signature2.Length ? InspectResult.NeedMore : Read2(bytes, out header);
        }

        shared = Math.Min(bytes.Length, 6);
        if (bytes[..shared].SequenceEqual("PROXY "u8[..shared]))
        {
            return Read1(bytes, out header);
        }

        return InspectResult.NotFound;
    }

    /// <summary>1 or 2 by the first byte, which tells them apart.</summary>
    internal static int VersionOf(ReadOnlySpan<byte> bytes) => bytes.StartsWith("P"u8) ? 1 : 2;

    private static InspectResult Read1(ReadOnlySpan<byte> bytes, out ProxyHeader header)
    {
        header = new ProxyHeader(1, 0, default, default);
        var end = bytes.IndexOf("\r\n"u8);
        if (end < 0)
        {
            return bytes.Length > Version1BytesMax ? InspectResult.Invalid : InspectResult.NeedMore;
        }

        var words = Encoding.ASCII.GetString(bytes[..end]).Split(' ');
        if (words.Length >= 2 && words[1] == "UNKNOWN")
        {
            header = new ProxyHeader(1, end + 2, default, default);
            return InspectResult.Found;
        }

        if (words.Length != 6 || words[1] is not ("TCP4" or "TCP6")
            || !TryAddress(words[2], words[4], out var source) || !TryAddress(words[3], words[5], out var destination)
            || source.Ip.IsV6 != (words[1] == "TCP6") || destination.Ip.IsV6 != source.Ip.IsV6)
        {
            return InspectResult.Invalid;
        }

        header = new ProxyHeader(1, end + 2, source, destination);
        return InspectResult.Found;
    }

    private static bool TryAddress(string ip, string port, out Address address)
    {
        address = default;
        if (ip.Split('.').Any(part => part.Length > 1 && part[0] == '0') || !IpAddress.TryParse(ip, out var parsed)
            || !ushort.TryParse(port, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
        {
            return false;
        }

        address = new Address(parsed, number);
        return true;
    }

    private static InspectResult Read2(ReadOnlySpan<byte> bytes, out ProxyHeader header)
    {
        header = new ProxyHeader(2, 0, default, default);
        if (bytes.Length < 16)
        {
            return InspectResult.NeedMore;
        }

        var command = bytes[12];
        var length = 16 + BinaryPrimitives.ReadUInt16BigEndian(bytes[14..]);
        if (command is not (0x20 or 0x21))
        {
            return InspectResult.Invalid;
        }

        if (bytes.Length < length)
        {
            return InspectResult.NeedMore;
        }

        header = new ProxyHeader(2, length, default, default);
        if (command == 0x20)
        {
            return InspectResult.Found;
        }

        var (family, size) = (bytes[13] >> 4, (bytes[13] >> 4) switch { 1 => 4, 2 => 16, _ => 0 });
        if (family is not (1 or 2) || length < 16 + (2 * size) + 4)
        {
            return InspectResult.Invalid;
        }

        var ports = bytes[(16 + (2 * size))..];
        header = new ProxyHeader(
            2,
            length,
            new Address(IpAddress.FromBytes(bytes.Slice(16, size)), BinaryPrimitives.ReadUInt16BigEndian(ports)),
            new Address(IpAddress.FromBytes(bytes.Slice(16 + size, size)),
                BinaryPrimitives.ReadUInt16BigEndian(ports[2..])))
        {
            TlvOffset = 16 + (2 * size) + 4,
        };
        return InspectResult.Found;
    }

    /// <summary>The extensions behind the addresses; a broken one ends the list.</summary>
    internal static List<(byte Type, byte[] Value)> TlvsOf(ReadOnlySpan<byte> bytes, in ProxyHeader header)
    {
        var result = new List<(byte, byte[])>();
        var rest = header.TlvOffset == 0 ? default : bytes[header.TlvOffset..header.Length];
        while (rest.Length >= 3)
        {
            var length = BinaryPrimitives.ReadUInt16BigEndian(rest[1..]);
            if (rest.Length < 3 + length)
            {
                break;
            }

            result.Add((rest[0], rest.Slice(3, length).ToArray()));
            rest = rest[(3 + length)..];
        }

        return result;
    }

    /// <summary>A header that was read.</summary>
    /// <param name="Version">1 or 2; zero: none was recognised.</param>
    /// <param name="Length">Its bytes.</param>
    /// <param name="Source">Empty when the header names none.</param>
    /// <param name="Destination">Empty when the header names none.</param>
    internal readonly record struct ProxyHeader(int Version, int Length, Address Source, Address Destination)
    {
        /// <summary>Where extensions begin; zero: there are none.</summary>
        internal int TlvOffset { get; init; }

        /// <summary>Whether the addresses, if there are any, are those of one host.</summary>
        internal bool IsUnicast => Source.IsEmpty || (IsOfHost(Source.Ip) && IsOfHost(Destination.Ip));

        private static bool IsOfHost(IpAddress ip)
        {
            Span<byte> bytes = stackalloc byte[16];
            bytes = bytes[..ip.WriteBytes(bytes)];
            return ip.IsV6
                ? bytes[0] != 0xFF && bytes.ContainsAnyExcept((byte)0)
                : (bytes[0] & 0xF0) != 0xE0 && bytes.ContainsAnyExcept((byte)0) && bytes.ContainsAnyExcept((byte)0xFF);
        }
    }
}
