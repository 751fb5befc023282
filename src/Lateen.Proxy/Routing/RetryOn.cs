namespace Lateen.Proxy.Routing;

/// <summary>Conditions under which a request is tried again.</summary>
[Flags]
internal enum RetryOn
{
    None = 0,
    Status5xx = 1,
    GatewayError = 2,
    Reset = 4,
    ResetBeforeRequest = 8,
    ConnectFailure = 16,
    EnvoyRateLimited = 32,
    Retriable4xx = 64,
    RefusedStream = 128,
    RetriableStatusCodes = 256,
    RetriableHeaders = 512,
    GrpcCancelled = 1024,
    GrpcDeadlineExceeded = 2048,
    GrpcInternal = 4096,
    GrpcResourceExhausted = 8192,
    GrpcUnavailable = 16384,
    Http3PostConnectFailure = 32768,
}
