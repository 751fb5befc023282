namespace Lateen.Pilot.Simulation;

/// <summary>What a described call speaks above TCP, and above TLS where there is TLS.</summary>
public enum CallProtocol
{
    /// <summary>Bytes that are not HTTP.</summary>
    Tcp,

    /// <summary>HTTP/1.1.</summary>
    Http,

    /// <summary>HTTP/2.</summary>
    Http2,
}
