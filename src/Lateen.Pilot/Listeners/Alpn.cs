namespace Lateen.Pilot.Listeners;

/// <summary>Application protocols: what inspectors report and what the mesh's own connections offer.</summary>
internal static class Alpn
{
    /// <summary>HTTP found by the HTTP inspector. HTTP/1.0 is left to pass as opaque bytes.</summary>
    internal static readonly string[] PlaintextHttp = ["http/1.1", "h2c"];

    /// <summary>HTTP/1.0 as well, where it is accepted.</summary>
    internal static readonly string[] PlaintextHttpWith10 = ["http/1.0", "http/1.1", "h2c"];

    /// <summary>HTTP inside the mesh's mutual TLS.</summary>
    internal static readonly string[] MutualTlsHttp = ["istio-http/1.0", "istio-http/1.1", "istio-h2"];

    /// <summary>Opaque bytes inside the mesh's mutual TLS, with exchange of metadata.</summary>
    internal static readonly string[] MutualTlsTcp = ["istio-peer-exchange", "istio"];

    /// <summary>Everything that only a mesh client offers.</summary>
    internal static readonly string[] MutualTlsAll =
        ["istio", "istio-peer-exchange", "istio-http/1.0", "istio-http/1.1", "istio-h2"];

    /// <summary>What a server of HTTP accepts.</summary>
    internal static readonly string[] ServerHttp = ["h2", "http/1.1"];

    /// <summary>What a server of opaque bytes accepts.</summary>
    internal static readonly string[] ServerTcp = ["istio-peer-exchange", "h2", "http/1.1"];
}
