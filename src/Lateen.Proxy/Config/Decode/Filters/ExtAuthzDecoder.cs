using System.Text;
using Envoy.Extensions.Filters.Http.ExtAuthz.V3;
using Envoy.Type.Matcher.V3;
using Lateen.Http;
using Lateen.Proxy.ExtAuthz;
using Lateen.Proxy.Filters;
using Lateen.Proxy.Routing;
using ExtAuthzProto = Envoy.Extensions.Filters.Http.ExtAuthz.V3.ExtAuthz;
using StringMatcher = Lateen.Proxy.Routing.StringMatcher;

namespace Lateen.Proxy.Config.Decode.Filters;

/// <summary>The filter <c>ext_authz</c>.</summary>
internal static class ExtAuthzDecoder
{
    private const long TimeoutNanosDefault = 200_000_000;

    public static HttpFilter? Filter(FilterSource source)
    {
        var proto = source.Read(ExtAuthzProto.Parser);
        var config = proto.ServicesCase switch
        {
            ExtAuthzProto.ServicesOneofCase.GrpcService => Grpc(proto, source),
            ExtAuthzProto.ServicesOneofCase.HttpService => Http(proto, source),
            _ => null,
        };
        if (config is null)
        {
            source.Error("", "grpc_service with envoy_grpc or http_service is required");
            return null;
        }
        var prefix = proto.StatPrefix.Length > 0 ? $"ext_authz.{proto.StatPrefix}." : "ext_authz.";
        return new ExtAuthzFilter
        {
            Name = source.Name,
            Disabled = source.Disabled,
            Config = config,
            Stats = new ExtAuthzStats(source.Scope!, prefix),
        };
    }

    public static object Route(FilterSource source)
    {
        var config = source.Read(ExtAuthzPerRoute.Parser);
        return new ExtAuthzRouteSettings(
            config.Disabled, new Dictionary<string, string>(config.CheckSettings?.ContextExtensions ?? []),
            config.CheckSettings?.DisableRequestBodyBuffering ?? false);
    }

    private static ExtAuthzConfig? Grpc(ExtAuthzProto proto, FilterSource source)
    {
        if (proto.GrpcService.EnvoyGrpc is not { ClusterName.Length: > 0 } service)
        {
            return null;
        }
        var authority = service.Authority.Length > 0 ? service.Authority : service.ClusterName;
        return Common(proto, source, true, service.ClusterName, authority,
            Durations.Nanos(proto.GrpcService.Timeout, TimeoutNanosDefault), proto.AllowedHeaders, null);
    }

    private static ExtAuthzConfig? Http(ExtAuthzProto proto, FilterSource source)
    {
        if (proto.HttpService.ServerUri is not { } uri)
        {
            return null;
        }
        var allowed = proto.AllowedHeaders ?? proto.HttpService.AuthorizationRequest?.AllowedHeaders;
        return Common(proto, source, false, uri.Cluster, "", Durations.Nanos(uri.Timeout, TimeoutNanosDefault),
            allowed, proto.HttpService);
    }

    private static ExtAuthzConfig Common(
        ExtAuthzProto proto, FilterSource source, bool isGrpc, string cluster, string authority, long timeoutNanos,
        ListStringMatcher? allowed, HttpService? http)
    {
        var response = http?.AuthorizationResponse;
        return new ExtAuthzConfig
        {
            Cluster = source.Context.Cluster(cluster),
            IsGrpc = isGrpc,
            Authority = Encoding.UTF8.GetBytes(authority),
            TimeoutNanos = timeoutNanos,
            FailureModeAllow = proto.FailureModeAllow,
            FailureModeAllowHeaderAdd = proto.FailureModeAllowHeaderAdd,
            StatusOnError = proto.StatusOnError is { } status ? (int)status.Code : 403,
            BodyBytesMax = (int)(proto.WithRequestBody?.MaxRequestBytes ?? 0),
            AllowPartialBody = proto.WithRequestBody?.AllowPartialMessage ?? false,
            ClearRouteCache = proto.ClearRouteCache,
            Enabled = proto.FilterEnabled is null
                ? FractionalPercent.All
                : MatcherDecoder.DecodeFraction(proto.FilterEnabled),
            IncludePeerCertificate = proto.IncludePeerCertificate,
            IncludeTlsSession = proto.IncludeTlsSession,
            MetadataNamespaces = [.. proto.MetadataContextNamespaces],
            AllowedHeaders = allowed is null ? null : Rules(allowed, source),
            DisallowedHeaders = Rules(proto.DisallowedHeaders, source),
            PathPrefix = Encoding.UTF8.GetBytes(http?.PathPrefix ?? ""),
            HeadersToAdd = [.. http?.AuthorizationRequest?.HeadersToAdd
                .Select(header => (HeaderName.Create(header.Key), Encoding.UTF8.GetBytes(header.Value))) ?? []],
            UpstreamHeaders = Rules(response?.AllowedUpstreamHeaders, source),
            UpstreamHeadersToAppend = Rules(response?.AllowedUpstreamHeadersToAppend, source),
            ClientHeaders = response?.AllowedClientHeaders is { } client ? Rules(client, source) : null,
            ClientHeadersOnSuccess = Rules(response?.AllowedClientHeadersOnSuccess, source),
        };
    }

    private static StringMatcher[] Rules(ListStringMatcher? list, FilterSource source) =>
        [.. (list?.Patterns ?? []).Select(pattern =>
            MatcherDecoder.DecodeString(pattern, $"{source.Path}.patterns", source.Context)!)
            .Where(pattern => pattern is not null)];
}
