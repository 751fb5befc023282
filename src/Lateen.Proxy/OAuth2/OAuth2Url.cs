namespace Lateen.Proxy.OAuth2;

/// <summary>An absolute URL.</summary>
/// <param name="Scheme">As it stands.</param>
/// <param name="Authority">Host and port.</param>
/// <param name="PathAndQuery">At least a slash.</param>
internal sealed record OAuth2Url(string Scheme, string Authority, string PathAndQuery)
{
    private static readonly System.Buffers.SearchValues<char> _hostMarks = System.Buffers.SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_");

    /// <summary>The host without port and without the brackets of an IPv6 address.</summary>
    public string Host
    {
        get
        {
            if (Authority.StartsWith('['))
            {
                var end = Authority.IndexOf(']');
                return end < 0 ? Authority : Authority[1..end];
            }
            var colon = Authority.IndexOf(':');
            return colon < 0 ? Authority : Authority[..colon];
        }
    }

    /// <summary>Null when the text is no absolute URL with a host.</summary>
    public static OAuth2Url? TryParse(string text)
    {
        var end = text.IndexOf("://", StringComparison.Ordinal);
        if (end <= 0 || !text.AsSpan(0, end).ContainsOnlyLetters() || text.AsSpan().ContainsAnyInRange('\0', ' '))
        {
            return null;
        }
        var rest = text[(end + 3)..];
        var slash = rest.AsSpan().IndexOfAny("/?#");
        var authority = slash < 0 ? rest : rest[..slash];
        var path = slash < 0 ? "/" : rest[slash..];
        var fragment = path.IndexOf('#');
        if (fragment >= 0)
        {
            path = path[..fragment];
        }
        authority = authority[(authority.LastIndexOf('@') + 1)..];
        if (!IsAuthority(authority))
        {
            return null;
        }
        return new OAuth2Url(text[..end], authority, path.StartsWith('/') ? path : "/" + path);
    }

    public override string ToString() => $"{Scheme}://{Authority}{PathAndQuery}";

    /// <summary>Whether a host may be redirected to: any without a list, else one that it names or covers.</summary>
    public static bool IsAllowed(string url, IReadOnlyList<string> domains)
    {
        if (domains.Count == 0)
        {
            return true;
        }
        if (TryParse(url) is not { } parsed)
        {
            return false;
        }
        foreach (var domain in domains)
        {
            if (domain.StartsWith("*.", StringComparison.Ordinal)
                ? parsed.Host.Length > domain.Length - 1 && parsed.Host.EndsWith(domain[1..], StringComparison.Ordinal)
                : parsed.Host.Equals(domain, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }
        return false;
    }

    private static bool IsAuthority(string authority)
    {
        var portAt = authority.StartsWith('[') ? authority.IndexOf(']') + 1 : authority.IndexOf(':');
        if (authority.StartsWith('[') && portAt == 0)
        {
            return false;
        }
        var (host, port) = portAt < 0 ? (authority, "") : (authority[..portAt], authority[portAt..]);
        if (host.Length == 0 || (port.Length > 0
            && (port[0] != ':'
                || !ushort.TryParse(port.AsSpan(1), System.Globalization.NumberStyles.None, null, out _))))
        {
            return false;
        }
        return host.StartsWith('[')
            ? System.Net.IPAddress.TryParse(host.AsSpan(1, host.Length - 2), out _)
            : !host.AsSpan().ContainsAnyExcept(_hostMarks);
    }
}

/// <summary>Checks of short texts.</summary>
file static class Texts
{
    public static bool ContainsOnlyLetters(this ReadOnlySpan<char> text)
    {
        foreach (var c in text)
        {
            if (!char.IsAsciiLetter(c))
            {
                return false;
            }
        }
        return true;
    }
}
