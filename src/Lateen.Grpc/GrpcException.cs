namespace Lateen.Grpc;

/// <summary>
/// A call that ended with another status than OK. A server method throws it to choose the status; a client call throws
/// it with what the server (or, for a broken connection, the client itself) said.
/// </summary>
public sealed class GrpcException : Exception
{
    /// <summary>An exception for a status.</summary>
    public GrpcException(GrpcStatus status, GrpcMetadata? trailers = null, Exception? inner = null)
        : base(status.ToString(), inner)
    {
        Status = status;
        Trailers = trailers ?? GrpcMetadata.Empty;
    }

    /// <summary>An exception for a code and a message.</summary>
    public GrpcException(GrpcStatusCode code, string message)
        : this(new GrpcStatus(code, message))
    {
    }

    /// <summary>The status.</summary>
    public GrpcStatus Status { get; }

    /// <summary>The trailing metadata; empty where none came.</summary>
    public GrpcMetadata Trailers { get; }
}
