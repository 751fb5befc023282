using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Envoy.Config.Core.V3;

namespace Lateen.Pilot.Security;

/// <summary>Addresses and prefixes as Envoy writes them.</summary>
internal static class CidrRanges
{
    /// <summary>The range of <c>address</c> or <c>address/bits</c>; null when the text is neither.</summary>
    internal static CidrRange? Parse(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var address = slash < 0 ? text : text[..slash];
        if (!IPAddress.TryParse(address, out var parsed))
        {
            return null;
        }
        var most = parsed.AddressFamily == AddressFamily.InterNetworkV6 ? 128u : 32u;
        var bits = most;
        if (slash >= 0 && (!uint.TryParse(text[(slash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture,
            out bits) || bits > most))
        {
            return null;
        }
        return new CidrRange { AddressPrefix = address, PrefixLen = bits };
    }

    /// <summary>The range with only the bits that count, so that equal ranges have equal text; null for other
    /// text.</summary>
    internal static string? Canonical(string text)
    {
        if (Parse(text) is not { } range)
        {
            return null;
        }
        var bytes = IPAddress.Parse(range.AddressPrefix).GetAddressBytes();
        var bits = (int)(range.PrefixLen ?? 0);
        for (var i = 0; i < bytes.Length; i++)
        {
            var kept = Math.Clamp(bits - (i * 8), 0, 8);
            bytes[i] &= (byte)(0xFF00 >> kept);
        }
        return $"{new IPAddress(bytes)}/{bits}";
    }
}
