using System.Text;

namespace Lateen.Agent.Discovery;

/// <summary>Finds the few fields of discovery messages that a forwarder looks at, without decoding the
/// resources.</summary>
/// <param name="TypeUrl">Field 4 of both responses.</param>
/// <param name="Version">Field 1 of both responses.</param>
/// <param name="Nonce">Field 5 of both responses.</param>
internal readonly record struct DiscoveryMessage(string TypeUrl, string Version, string Nonce)
{
    private const int Varint = 0;
    private const int Fixed64 = 1;
    private const int LengthDelimited = 2;
    private const int Fixed32 = 5;

    /// <summary>
    /// Reads a DiscoveryResponse or a DeltaDiscoveryResponse, whose numbers are the same; false when it is neither.
    /// </summary>
    public static bool TryReadResponse(ReadOnlySpan<byte> bytes, out DiscoveryMessage message)
    {
        var (typeUrl, version, nonce) = ("", "", "");
        message = default;
        var at = 0;
        while (at < bytes.Length)
        {
            if (!TryReadVarint(bytes, ref at, out var tag) || !TryReadLength(bytes, ref at, tag, out var length)
                || length > (ulong)(bytes.Length - at))
            {
                return false;
            }
            var value = bytes.Slice(at, (int)length);
            at += (int)length;
            switch (tag)
            {
                case (1 << 3) | LengthDelimited:
                    version = Encoding.UTF8.GetString(value);
                    break;
                case (4 << 3) | LengthDelimited:
                    typeUrl = Encoding.UTF8.GetString(value);
                    break;
                case (5 << 3) | LengthDelimited:
                    nonce = Encoding.UTF8.GetString(value);
                    break;
            }
        }
        message = new DiscoveryMessage(typeUrl, version, nonce);
        return true;
    }

    // How many bytes of value follow; a varint is passed over here.
    private static bool TryReadLength(ReadOnlySpan<byte> bytes, ref int at, ulong tag, out ulong length)
    {
        length = (int)(tag & 7) switch
        {
            Fixed64 => 8,
            Fixed32 => 4,
            _ => 0,
        };
        return (int)(tag & 7) switch
        {
            Varint => TryReadVarint(bytes, ref at, out _),
            LengthDelimited => TryReadVarint(bytes, ref at, out length),
            Fixed64 or Fixed32 => true,
            _ => false,
        };
    }

    private static bool TryReadVarint(ReadOnlySpan<byte> bytes, ref int at, out ulong value)
    {
        value = 0;
        for (var shift = 0; shift < 64 && at < bytes.Length; shift += 7)
        {
            var b = bytes[at++];
            value |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80)
            {
                return true;
            }
        }
        return false;
    }
}
