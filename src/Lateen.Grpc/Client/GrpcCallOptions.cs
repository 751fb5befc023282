namespace Lateen.Grpc.Client;

/// <summary>What a caller adds to a call.</summary>
public sealed class GrpcCallOptions
{
    /// <summary>No metadata, no deadline.</summary>
    public static GrpcCallOptions Default { get; } = new();

    /// <summary>Metadata sent with the request.</summary>
    public GrpcMetadata Headers { get; init; } = GrpcMetadata.Empty;

    /// <summary>How long to wait for the end of the call; null, the default, waits for ever.</summary>
    public TimeSpan? Timeout { get; init; }
}
