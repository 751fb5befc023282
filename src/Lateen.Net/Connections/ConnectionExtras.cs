namespace Lateen.Net;

/// <summary>What few connections have: those to upstreams, those inside the process, those that fail or end. Made when
/// first needed, so that one that rests does without.</summary>
internal sealed class ConnectionExtras
{
    internal UserSocket? User { get; set; }

    internal IConnectionTap? Tap { get; set; }

    internal object? Handover { get; set; }

    internal string? FailureOnceConnected { get; set; }

    internal string? TransportFailure { get; set; }

    internal byte[]? Preamble { get; set; }

    internal NetAddress[] MoreAddresses { get; set; } = [];

    internal long DelayedCloseMillis { get; set; }

    internal int SocketError { get; set; }

    internal int RepeatedAttempts { get; set; }
}
