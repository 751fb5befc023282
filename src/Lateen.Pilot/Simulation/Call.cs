namespace Lateen.Pilot.Simulation;

/// <summary>A described call: what a client does, without doing it.</summary>
public sealed record Call
{
    /// <summary>The address of a call that names none: one that no service has.</summary>
    public const string DefaultAddress = "1.3.3.7";

    /// <summary>Name of the call in its scenario.</summary>
    public string Name { get; init; } = "";

    /// <summary>Name of the proxy in its scenario.</summary>
    public string Proxy { get; init; } = "";

    /// <summary>Original destination address.</summary>
    public string Address { get; init; } = DefaultAddress;

    /// <summary>Original destination port.</summary>
    public uint Port { get; init; }

    /// <summary>Request path with the query string.</summary>
    public string Path { get; init; } = "/";

    /// <summary>Request method.</summary>
    public string Method { get; init; } = "GET";

    /// <summary>Request scheme; empty means <c>https</c> with TLS, else <c>http</c>.</summary>
    public string Scheme { get; init; } = "";

    /// <summary>The Host header.</summary>
    public string Host { get; init; } = "";

    /// <summary>Further request headers by lower-case name.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>What the call speaks.</summary>
    public CallProtocol Protocol { get; init; }

    /// <summary>What protects the call.</summary>
    public CallTls Tls { get; init; }

    /// <summary>TLS server name; empty with plain TLS means the host.</summary>
    public string Sni { get; init; } = "";

    /// <summary>TLS application protocol; empty means the one that the client kind offers.</summary>
    public string Alpn { get; init; } = "";

    /// <summary>Where the call enters.</summary>
    public CallMode Mode { get; init; }

    /// <summary>The SDS certificate name whose presence makes a chain count as Istio mutual TLS.</summary>
    public string MtlsSecretName { get; init; } = "default";

    /// <summary>The server name that the client sends; empty without TLS.</summary>
    internal string EffectiveSni => Sni.Length == 0 && Tls == CallTls.Tls ? Host : Sni;

    /// <summary>The scheme that the route sees.</summary>
    internal string EffectiveScheme => Scheme.Length > 0 ? Scheme : Tls == CallTls.Plaintext ? "http" : "https";

    /// <summary>The ALPN value that the client offers first.</summary>
    internal string EffectiveAlpn => (Alpn.Length > 0, Tls, Protocol) switch
    {
        (true, _, _) => Alpn,
        (_, CallTls.Mtls, CallProtocol.Http) => "istio-http/1.1",
        (_, CallTls.Mtls, CallProtocol.Http2) => "istio-h2",
        (_, CallTls.Mtls, CallProtocol.Tcp) => "istio",
        (_, CallTls.Tls, CallProtocol.Http) => "http/1.1",
        (_, CallTls.Tls, CallProtocol.Http2) => "h2",
        _ => "",
    };
}
