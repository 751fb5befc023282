namespace Lateen.Proxy.Filters;

/// <summary>The outcome of a filter step; details and flags are in the stream info.</summary>
/// <param name="Status">What to do.</param>
/// <param name="Code">HTTP status of a local reply.</param>
/// <param name="Body">Body of a local reply.</param>
/// <param name="GrpcStatus">gRPC status of a local reply to a gRPC request; -1: from the HTTP status.</param>
/// <param name="DelayNanos">How long to wait.</param>
/// <param name="BodyBytesMax">Bytes of the request's body to wait for.</param>
internal readonly record struct HttpFilterResult(
    HttpFilterStatus Status, int Code = 0, byte[]? Body = null, int GrpcStatus = -1, long DelayNanos = 0,
    int BodyBytesMax = 0)
{
    public static HttpFilterResult Continue => default;

    public static HttpFilterResult Wait => new(HttpFilterStatus.Wait);
}
