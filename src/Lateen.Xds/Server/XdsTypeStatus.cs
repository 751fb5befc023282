namespace Lateen.Xds.Server;

/// <summary>How one stream stands with one type: the line of a status report.</summary>
public sealed record XdsTypeStatus
{
    /// <summary>The type.</summary>
    public required string TypeUrl { get; init; }

    /// <summary>Whether all resources are subscribed.</summary>
    public required bool IsWildcard { get; init; }

    /// <summary>Names subscribed one by one.</summary>
    public required int NameCount { get; init; }

    /// <summary>Resources that the client was sent and not told to drop.</summary>
    public required int HeldCount { get; init; }

    /// <summary>Nonce of the last response; empty before the first.</summary>
    public required string SentNonce { get; init; }

    /// <summary>Version text of the last response.</summary>
    public required string SentVersion { get; init; }

    /// <summary>When the last response was sent.</summary>
    public required DateTimeOffset? SentAt { get; init; }

    /// <summary>Nonce of the last response that was acknowledged.</summary>
    public required string AckedNonce { get; init; }

    /// <summary>Version text of the last response that was acknowledged.</summary>
    public required string AckedVersion { get; init; }

    /// <summary>When the last ACK or NACK came.</summary>
    public required DateTimeOffset? AnsweredAt { get; init; }

    /// <summary>The client's reason if its last answer was a NACK; else null.</summary>
    public required string? NackError { get; init; }

    /// <summary>Whether the last response is acknowledged.</summary>
    public bool IsSynced => SentNonce.Length > 0 && SentNonce == AckedNonce;
}
