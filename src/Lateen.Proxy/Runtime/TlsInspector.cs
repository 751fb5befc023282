using System.Buffers.Binary;

namespace Lateen.Proxy.Runtime;

/// <summary>
/// Recognises a TLS ClientHello (RFC 8446 §4.1.2) and reads server name and ALPN list from it. Pure; the hello may be
/// cut into several records.
/// </summary>
internal static class TlsInspector
{
    private const int RecordHeaderBytes = 5;
    private const int HelloBytesMax = 64 * 1024;

    internal static InspectResult Inspect(ReadOnlySpan<byte> bytes, out byte[] serverName, out byte[][] protocols) =>
        Inspect(bytes, out serverName, out protocols, out _);

    /// <summary>With the handshake message itself, without record headers.</summary>
    internal static InspectResult Inspect(
        ReadOnlySpan<byte> bytes, out byte[] serverName, out byte[][] protocols, out ReadOnlySpan<byte> hello)
    {
        hello = default;
        serverName = [];
        protocols = [];
        if (bytes[0] != 0x16 || (bytes.Length > 1 && bytes[1] != 3) || (bytes.Length > 5 && bytes[5] != 1))
        {
            return InspectResult.NotFound;
        }

        if (!TryJoinRecords(bytes, out hello, out var bad))
        {
            return bad ? InspectResult.NotFound : InspectResult.NeedMore;
        }

        return TryReadHello(hello, out serverName, out protocols) ? InspectResult.Found : InspectResult.NotFound;
    }

    /// <summary>The handshake message without record headers, once all of it has come.</summary>
    private static bool TryJoinRecords(ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> hello, out bool bad)
    {
        hello = default;
        bad = false;
        byte[]? joined = null;
        var joinedLength = 0;
        while (bytes.Length >= RecordHeaderBytes)
        {
            var length = BinaryPrimitives.ReadUInt16BigEndian(bytes[3..]);
            if (bytes[0] != 0x16 || length is 0 or > 16 * 1024 + 256)
            {
                bad = true;
                return false;
            }

            if (bytes.Length < RecordHeaderBytes + length)
            {
                return false;
            }

            var part = bytes.Slice(RecordHeaderBytes, length);
            bytes = bytes[(RecordHeaderBytes + length)..];
            if (joined is null && part.Length >= 4 && part.Length >= MessageLength(part))
            {
                hello = part[..MessageLength(part)];
                return true;
            }

            joined ??= new byte[HelloBytesMax];
            if (joinedLength + part.Length > joined.Length)
            {
                bad = true;
                return false;
            }

            part.CopyTo(joined.AsSpan(joinedLength));
            joinedLength += part.Length;
            if (joinedLength >= 4 && joinedLength >= MessageLength(joined))
            {
                hello = joined.AsSpan(0, MessageLength(joined));
                return true;
            }
        }

        return false;
    }

    private static int MessageLength(ReadOnlySpan<byte> message) =>
        4 + (message[1] << 16) + (message[2] << 8) + message[3];

    private static bool TryReadHello(ReadOnlySpan<byte> hello, out byte[] serverName, out byte[][] protocols)
    {
        serverName = [];
        protocols = [];

        // type 1, length 3, version 2, random 32
        var at = 38;
        if (hello.Length < at || hello[0] != 1 || !TrySkip(hello, ref at, 1) || !TrySkip(hello, ref at, 2)
            || !TrySkip(hello, ref at, 1))
        {
            return false;
        }

        if (at == hello.Length)
        {
            return true;
        }

        if (at + 2 > hello.Length)
        {
            return false;
        }

        var extensions = hello[(at + 2)..];
        while (extensions.Length >= 4)
        {
            var type = BinaryPrimitives.ReadUInt16BigEndian(extensions);
            var length = BinaryPrimitives.ReadUInt16BigEndian(extensions[2..]);
            if (extensions.Length < 4 + length)
            {
                return false;
            }

            var body = extensions.Slice(4, length);
            extensions = extensions[(4 + length)..];
            if (type == 0)
            {
                serverName = ReadServerName(body);
            }
            else if (type == 16)
            {
                protocols = ReadProtocols(body);
            }
        }

        return true;
    }

    /// <summary>Skips a vector whose length stands in its first one or two bytes.</summary>
    private static bool TrySkip(ReadOnlySpan<byte> hello, ref int at, int lengthBytes)
    {
        if (at + lengthBytes > hello.Length)
        {
            return false;
        }

        var length = lengthBytes == 1 ? hello[at] : BinaryPrimitives.ReadUInt16BigEndian(hello[at..]);
        at += lengthBytes + length;
        return at <= hello.Length;
    }

    private static byte[] ReadServerName(ReadOnlySpan<byte> body)
    {
        // list length 2, type 1, name length 2
        if (body.Length < 5 || body[2] != 0)
        {
            return [];
        }

        var length = BinaryPrimitives.ReadUInt16BigEndian(body[3..]);
        if (body.Length < 5 + length)
        {
            return [];
        }

        var name = body.Slice(5, length).ToArray();
        for (var i = 0; i < name.Length; i++)
        {
            if (name[i] is >= (byte)'A' and <= (byte)'Z')
            {
                name[i] |= 0x20;
            }
        }

        return name;
    }

    private static byte[][] ReadProtocols(ReadOnlySpan<byte> body)
    {
        if (body.Length < 2)
        {
            return [];
        }

        var list = new List<byte[]>();
        body = body[2..];
        while (body.Length > 0)
        {
            if (body[0] == 0 || body.Length < 1 + body[0])
            {
                return [];
            }

            list.Add(body.Slice(1, body[0]).ToArray());
            body = body[(1 + body[0])..];
        }

        return [.. list];
    }
}
