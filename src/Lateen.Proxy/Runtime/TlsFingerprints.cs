using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Lateen.Proxy.Runtime;

/// <summary>Fingerprints of a ClientHello, JA3 and JA4: what a client's TLS library looks like. Pure; the hello was
/// found sound before.</summary>
internal static class TlsFingerprints
{
    private const int JA4HashChars = 12;

    /// <summary>MD5 of versions, suites, extensions, groups and point formats, in hexadecimal.</summary>
#pragma warning disable CA5351 // The fingerprint is defined so.
    internal static byte[] Ja3(ReadOnlySpan<byte> hello)
    {
        var parts = Read(hello);
        var text = string.Join(',', parts.Version, Join(parts.Suites), Join(parts.Extensions), Join(parts.Groups),
            Join(parts.Formats));
        return Encoding.ASCII.GetBytes(Convert.ToHexStringLower(MD5.HashData(Encoding.ASCII.GetBytes(text))));
    }
#pragma warning restore CA5351

    /// <summary><c>t13d1516h2_8daaf6152771_b186095e22b6</c>: protocol, counts and ALPN, then hashes of the sorted
    /// suites and extensions.</summary>
    internal static byte[] Ja4(ReadOnlySpan<byte> hello, bool hasServerName, byte[][] protocols)
    {
        var parts = Read(hello);
        var version = parts.Versions.Count > 0 ? parts.Versions.Max() : parts.Version;
        var versionText = version switch
        {
            0x0304 => "13",
            0x0303 => "12",
            0x0302 => "11",
            0x0301 => "10",
            0x0300 => "s3",
            _ => "00",
        };
        var alpn = protocols.Length == 0 ? "00" : EndsOf(protocols[0]);
        var head = $"t{versionText}{(hasServerName ? 'd' : 'i')}{Math.Min(99, parts.Suites.Count):00}"
            + $"{Math.Min(99, parts.Extensions.Count):00}{alpn}";
        var suites = string.Join(',', parts.Suites.Order().Select(Hex));
        var extensions = string.Join(',', parts.Extensions.Where(type => type is not (0 or 16)).Order().Select(Hex));
        if (parts.Signatures.Count > 0)
        {
            extensions += "_" + string.Join(',', parts.Signatures.Select(Hex));
        }

        return Encoding.ASCII.GetBytes($"{head}_{Hash(suites)}_{Hash(extensions)}");
    }

    private static Parts Read(ReadOnlySpan<byte> hello)
    {
        var parts = new Parts { Version = BinaryPrimitives.ReadUInt16BigEndian(hello[4..]) };
        var at = 38 + 1 + hello[38];
        var length = BinaryPrimitives.ReadUInt16BigEndian(hello[at..]);
        AddNumbers(parts.Suites, hello.Slice(at + 2, length));
        at += 2 + length;
        at += 1 + hello[at];
        var rest = at + 2 <= hello.Length ? hello[(at + 2)..] : default;
        while (rest.Length >= 4)
        {
            var type = BinaryPrimitives.ReadUInt16BigEndian(rest);
            var body = rest.Slice(4, BinaryPrimitives.ReadUInt16BigEndian(rest[2..]));
            rest = rest[(4 + body.Length)..];
            if (IsGrease(type))
            {
                continue;
            }

            parts.Extensions.Add(type);
            AddExtension(parts, type, body);
        }

        return parts;
    }

    private static void AddExtension(Parts parts, ushort type, ReadOnlySpan<byte> body)
    {
        switch (type)
        {
            case 10 when body.Length > 2:
                AddNumbers(parts.Groups, body[2..]);
                break;
            case 11 when body.Length > 1:
                foreach (var format in body[1..])
                {
                    parts.Formats.Add(format);
                }

                break;
            case 13 when body.Length > 2:
                AddNumbers(parts.Signatures, body[2..]);
                break;
            case 43 when body.Length > 1:
                AddNumbers(parts.Versions, body[1..]);
                break;
        }
    }

    private static void AddNumbers(List<ushort> target, ReadOnlySpan<byte> list)
    {
        for (var i = 0; i + 1 < list.Length; i += 2)
        {
            var number = BinaryPrimitives.ReadUInt16BigEndian(list[i..]);
            if (!IsGrease(number))
            {
                target.Add(number);
            }
        }
    }

    /// <summary>Numbers that clients strew in at random (RFC 8701).</summary>
    private static bool IsGrease(ushort number) => (number & 0x0F0F) == 0x0A0A && number >> 8 == (number & 0xFF);

    private static string Join(List<ushort> numbers) => string.Join('-', numbers);

    private static string Hex(ushort number) =>
        number.ToString("x4", System.Globalization.CultureInfo.InvariantCulture);

    private static string EndsOf(byte[] protocol) =>
        char.IsAsciiLetterOrDigit((char)protocol[0]) && char.IsAsciiLetterOrDigit((char)protocol[^1])
            ? $"{(char)protocol[0]}{(char)protocol[^1]}"
            : $"{protocol[0] >> 4:x}{protocol[^1] & 15:x}";

    private static string Hash(string text) => text.Length == 0
        ? new string('0', JA4HashChars)
        : Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(text)))[..JA4HashChars];

    private sealed class Parts
    {
        internal ushort Version { get; init; }

        internal List<ushort> Suites { get; } = [];

        internal List<ushort> Extensions { get; } = [];

        internal List<ushort> Groups { get; } = [];

        internal List<ushort> Formats { get; } = [];

        internal List<ushort> Signatures { get; } = [];

        internal List<ushort> Versions { get; } = [];
    }
}
