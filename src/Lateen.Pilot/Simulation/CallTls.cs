namespace Lateen.Pilot.Simulation;

/// <summary>What protects the bytes of a described call when they reach the proxy.</summary>
public enum CallTls
{
    /// <summary>Nothing.</summary>
    Plaintext,

    /// <summary>TLS without the certificate of a mesh workload.</summary>
    Tls,

    /// <summary>Istio mutual TLS: a workload certificate and Istio's ALPN values.</summary>
    Mtls,
}
