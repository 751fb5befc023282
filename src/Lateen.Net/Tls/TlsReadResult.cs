namespace Lateen.Net;

/// <summary>What decrypting came to.</summary>
internal enum TlsReadResult
{
    /// <summary>No whole record is left.</summary>
    NeedMore,

    /// <summary>Stopped for fairness; there may be more.</summary>
    More,

    /// <summary>The peer sent close_notify.</summary>
    Ended,

    /// <summary>A bad record or alert.</summary>
    Failed,
}
