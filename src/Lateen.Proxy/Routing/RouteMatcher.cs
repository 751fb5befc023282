using Lateen.Http;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Routing;

/// <summary>All conditions of a route, in the order in which they are looked at. Source:
/// <c>route.v3.RouteMatch</c>.</summary>
internal sealed class RouteMatcher
{
    public required PathMatcher Path { get; init; }

    public FractionalPercent? RuntimeFraction { get; init; }

    public bool Grpc { get; init; }

    public HeaderMatcher[] Headers { get; init; } = [];

    public QueryParameterMatcher[] QueryParameters { get; init; } = [];

    public CookieMatcher[] CookieMatchers { get; init; } = [];

    /// <summary>Whether the client must have shown a certificate; null: no matter.</summary>
    public bool? TlsPresented { get; init; }

    public bool? TlsValidated { get; init; }

    public MetadataMatcher[] DynamicMetadata { get; init; } = [];

    public FilterStateMatcher[] FilterState { get; init; } = [];

    public bool IsMatch(HeaderMap headers, ReadOnlySpan<byte> path, bool isConnect, StreamInfo info)
    {
        if (isConnect != (Path.Kind == PathMatchKind.Connect) || (!isConnect && !Path.IsMatch(path)))
        {
            return false;
        }
        if (RuntimeFraction is { } fraction && !fraction.IsHit(info.RandomValue, RuntimeSettings.Current))
        {
            return false;
        }
        if (Grpc && !IsGrpc(headers))
        {
            return false;
        }
        return HeaderMatcher.AllMatch(Headers, headers) && MatchesRest(headers, info);
    }

    internal static bool IsGrpc(HeaderMap headers)
    {
        if (!headers.TryGet(HeaderId.ContentType, out var type) || !type.StartsWith("application/grpc"u8))
        {
            return false;
        }
        return type.Length == 16 || type[16] == '+';
    }

    private bool MatchesRest(HeaderMap headers, StreamInfo info)
    {
        if (QueryParameters.Length > 0)
        {
            var whole = headers.Get(HeaderId.Path);
            foreach (var matcher in QueryParameters)
            {
                if (!matcher.IsMatch(whole))
                {
                    return false;
                }
            }
        }
        foreach (var matcher in CookieMatchers)
        {
            if (!matcher.IsMatch(headers))
            {
                return false;
            }
        }
        if (TlsPresented is { } presented && presented != (info.Connection.Tls?.PeerCertificatePresented ?? false))
        {
            return false;
        }
        if (TlsValidated is { } validated && validated != (info.Connection.Tls?.PeerCertificateValidated ?? false))
        {
            return false;
        }
        foreach (var matcher in DynamicMetadata)
        {
            if (!matcher.IsMatch(info.Metadata))
            {
                return false;
            }
        }
        foreach (var matcher in FilterState)
        {
            if (!matcher.IsMatch(info))
            {
                return false;
            }
        }
        return true;
    }
}
