namespace Lateen.Pilot.Simulation;

/// <summary>Why a described call meets no cluster. The words are those of the recorded suites.</summary>
public static class CallError
{
    /// <summary>No listener takes the connection.</summary>
    public const string NoListener = "no-listener";

    /// <summary>The listener has no filter chain for the connection.</summary>
    public const string NoFilterChain = "no-filter-chain";

    /// <summary>Several filter chains match equally well, which Envoy refuses.</summary>
    public const string MultipleFilterChains = "multiple-filter-chains";

    /// <summary>No virtual host has a domain for the Host header.</summary>
    public const string NoVirtualHost = "no-virtual-host";

    /// <summary>No route of the virtual host matches.</summary>
    public const string NoRoute = "no-route";

    /// <summary>The virtual host demands TLS: the answer is a redirect.</summary>
    public const string TlsRedirect = "tls-redirect";

    /// <summary>TLS or other bytes reach an HTTP connection manager.</summary>
    public const string Protocol = "protocol-error";

    /// <summary>Plaintext reaches a chain that terminates TLS.</summary>
    public const string Tls = "tls-error";

    /// <summary>A chain that demands Istio mutual TLS meets other TLS, or the reverse.</summary>
    public const string Mtls = "mtls-error";
}
