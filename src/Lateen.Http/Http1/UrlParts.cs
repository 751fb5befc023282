using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;

namespace Lateen.Http.Http1;

/// <summary>The parts of an absolute URL, or of the authority that CONNECT names. Envoy's rules.</summary>
public readonly ref struct UrlParts
{
    private UrlParts(ReadOnlySpan<byte> scheme, ReadOnlySpan<byte> hostAndPort, ReadOnlySpan<byte> path)
    {
        Scheme = scheme;
        HostAndPort = hostAndPort;
        Path = path;
    }

    /// <summary>The scheme as it stands there; empty for CONNECT.</summary>
    public ReadOnlySpan<byte> Scheme { get; }

    /// <summary>Host and, where it is told, port; with user information, where there is any.</summary>
    public ReadOnlySpan<byte> HostAndPort { get; }

    /// <summary>Path, query and fragment; empty where there are none.</summary>
    public ReadOnlySpan<byte> Path { get; }

    /// <summary>Whether there is user information.</summary>
    public bool HasUserInfo => HostAndPort.Contains((byte)'@');

    /// <summary>Takes an absolute URL apart; false when it is none.</summary>
    public static bool TryParse(ReadOnlySpan<byte> url, out UrlParts parts)
    {
        parts = default;
        var scheme = url.IndexOf("://"u8);
        if (scheme <= 0 || !IsScheme(url[..scheme]))
        {
            return false;
        }

        var rest = url[(scheme + 3)..];
        var end = rest.IndexOfAny((byte)'/', (byte)'?', (byte)'#');
        var authority = end < 0 ? rest : rest[..end];
        parts = new UrlParts(url[..scheme], authority, end < 0 ? default : rest[end..]);
        return IsAuthority(authority[(authority.LastIndexOf((byte)'@') + 1)..], false);
    }

    /// <summary>Whether a target of CONNECT is host and port.</summary>
    public static bool IsConnectTarget(ReadOnlySpan<byte> target) =>
        !target.Contains((byte)'@') && IsAuthority(target, true);

    private static bool IsScheme(ReadOnlySpan<byte> text)
    {
        foreach (var b in text)
        {
            if ((b | 0x20) is < 'a' or > 'z')
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsAuthority(ReadOnlySpan<byte> text, bool needsPort)
    {
        var hostEnd = text.Length;
        if (text.StartsWith("["u8))
        {
            hostEnd = text.IndexOf((byte)']') + 1;
            if (hostEnd == 0 || !IsV6(text[1..(hostEnd - 1)]))
            {
                return false;
            }
        }
        else if (text.IndexOf((byte)':') is >= 0 and var colon)
        {
            hostEnd = colon;
        }

        var host = text[..hostEnd];
        if (host.IsEmpty || host.ContainsAny((byte)' ', (byte)'\t'))
        {
            return false;
        }

        var port = text[hostEnd..];
        if (port.IsEmpty || port is [(byte)':'])
        {
            return !needsPort;
        }

        return port[0] == ':' && Utf8Parser.TryParse(port[1..], out ushort _, out var used) && used == port.Length - 1;
    }

    private static bool IsV6(ReadOnlySpan<byte> text)
    {
        const int LengthMax = 45;
        if (text.Length > LengthMax || text.ContainsAny((byte)'[', (byte)'%'))
        {
            return false;
        }

        Span<char> chars = stackalloc char[LengthMax];
        for (var i = 0; i < text.Length; i++)
        {
            chars[i] = (char)text[i];
        }

        return IPAddress.TryParse(chars[..text.Length], out var address)
            && address.AddressFamily == AddressFamily.InterNetworkV6;
    }
}
