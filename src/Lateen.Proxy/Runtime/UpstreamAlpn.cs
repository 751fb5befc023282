namespace Lateen.Proxy.Runtime;

/// <summary>Which protocols a new upstream connection is for, and so what it offers by ALPN where neither the request
/// nor the configuration says.</summary>
internal enum UpstreamAlpn : byte
{
    /// <summary>Not HTTP: the configured list as it is.</summary>
    AsConfigured,

    /// <summary><c>http/1.1</c>; h2 is taken off configured lists.</summary>
    Http1,

    /// <summary><c>h2</c>.</summary>
    Http2,

    /// <summary><c>h2</c> and <c>http/1.1</c>; the peer chooses.</summary>
    Both,
}
