using Lateen.Http;

namespace Lateen.Proxy.Routing;

/// <summary>When and how a request is tried again. Source: <c>route.v3.RetryPolicy</c>.</summary>
internal sealed class RetryPolicy
{
    public RetryOn On { get; init; }

    /// <summary>Default 1.</summary>
    public int RetryCount { get; init; } = 1;

    /// <summary>Nanoseconds; zero: none.</summary>
    public long PerTryTimeoutNanos { get; init; }

    public long PerTryIdleTimeoutNanos { get; init; }

    public uint[] RetriableStatusCodes { get; init; } = [];

    public HeaderMatcher[] RetriableHeaders { get; init; } = [];

    public HeaderMatcher[] RetriableRequestHeaders { get; init; } = [];

    /// <summary>Nanoseconds; 25 ms.</summary>
    public long BaseIntervalNanos { get; init; } = 25_000_000;

    /// <summary>Nanoseconds; ten times the base when not given.</summary>
    public long MaxIntervalNanos { get; init; } = 250_000_000;

    /// <summary>Response headers that tell when to come again: seconds, or a Unix time.</summary>
    public (HeaderName Name, bool IsUnixTime)[] ResetHeaders { get; init; } = [];

    public long ResetMaxIntervalNanos { get; init; } = 300_000_000_000;

    /// <summary>Avoid hosts tried before (<c>previous_hosts</c>).</summary>
    public bool AvoidPreviousHosts { get; init; }

    /// <summary>Avoid canary hosts (<c>omit_canary_hosts</c>).</summary>
    public bool AvoidCanaries { get; init; }

    /// <summary>Avoid hosts with this metadata (<c>omit_host_metadata</c>); null: none.</summary>
    public Clusters.SubsetCriteria? AvoidMetadata { get; init; }

    /// <summary>After so many attempts avoid the priorities that were tried; zero: never.</summary>
    public int PriorityUpdateFrequency { get; init; }

    public int HostSelectionAttemptsMax { get; init; } = 1;

    /// <summary>Reads a comma-separated list; unknown words are left out.</summary>
    public static RetryOn ParseOn(ReadOnlySpan<byte> text)
    {
        var result = RetryOn.None;
        while (text.Length > 0)
        {
            var comma = text.IndexOf((byte)',');
            var word = (comma < 0 ? text : text[..comma]).Trim((byte)' ');
            foreach (var (name, flag) in Words)
            {
                if (word.SequenceEqual(name))
                {
                    result |= flag;
                }
            }
            text = comma < 0 ? default : text[(comma + 1)..];
        }
        return result;
    }

    /// <summary>Whether all words of a list are known, of gRPC or of HTTP.</summary>
    public static bool AreWordsKnown(ReadOnlySpan<byte> text, bool isGrpc)
    {
        const RetryOn Grpc = RetryOn.GrpcCancelled | RetryOn.GrpcDeadlineExceeded | RetryOn.GrpcInternal
            | RetryOn.GrpcResourceExhausted | RetryOn.GrpcUnavailable;
        while (text.Length > 0)
        {
            var comma = text.IndexOf((byte)',');
            var flag = ParseOn((comma < 0 ? text : text[..comma]).Trim((byte)' '));
            if (flag == RetryOn.None || isGrpc != ((flag & Grpc) != 0))
            {
                return false;
            }
            text = comma < 0 ? default : text[(comma + 1)..];
        }
        return true;
    }

    private static readonly (byte[] Name, RetryOn Flag)[] Words =
    [
        ("5xx"u8.ToArray(), RetryOn.Status5xx),
        ("gateway-error"u8.ToArray(), RetryOn.GatewayError),
        ("reset"u8.ToArray(), RetryOn.Reset),
        ("reset-before-request"u8.ToArray(), RetryOn.ResetBeforeRequest),
        ("connect-failure"u8.ToArray(), RetryOn.ConnectFailure),
        ("envoy-ratelimited"u8.ToArray(), RetryOn.EnvoyRateLimited),
        ("retriable-4xx"u8.ToArray(), RetryOn.Retriable4xx),
        ("refused-stream"u8.ToArray(), RetryOn.RefusedStream),
        ("retriable-status-codes"u8.ToArray(), RetryOn.RetriableStatusCodes),
        ("retriable-headers"u8.ToArray(), RetryOn.RetriableHeaders),
        ("http3-post-connect-failure"u8.ToArray(), RetryOn.Http3PostConnectFailure),
        ("cancelled"u8.ToArray(), RetryOn.GrpcCancelled),
        ("deadline-exceeded"u8.ToArray(), RetryOn.GrpcDeadlineExceeded),
        ("internal"u8.ToArray(), RetryOn.GrpcInternal),
        ("resource-exhausted"u8.ToArray(), RetryOn.GrpcResourceExhausted),
        ("unavailable"u8.ToArray(), RetryOn.GrpcUnavailable),
    ];
}
