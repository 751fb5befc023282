using System.Text;
using Envoy.Extensions.Filters.Http.ExtAuthz.V3;
using Envoy.Type.Matcher.V3;
using Lateen.Http;
using Lateen.Proxy.ExtAuthz;
using Lateen.Proxy.Filters;
using Lateen.Proxy.Formatting;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Streams;
using BufferSettings = Envoy.Extensions.Filters.Http.ExtAuthz.V3.BufferSettings;
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
        var service = proto.ServicesCase switch
        {
            ExtAuthzProto.ServicesOneofCase.GrpcService => Grpc(proto.GrpcService, source),
            ExtAuthzProto.ServicesOneofCase.HttpService => Http(proto.HttpService, source),
            _ => null,
        };
        if (service is null)
        {
            source.Error("", "grpc_service with envoy_grpc or http_service is required");
            return null;
        }
        var prefix = proto.StatPrefix.Length > 0 ? $"ext_authz.{proto.StatPrefix}." : "ext_authz.";
        return new ExtAuthzFilter
        {
            Name = source.Name,
            Disabled = source.Disabled,
            Config = Config(proto, service, source),
            Stats = new ExtAuthzStats(source.Scope!, prefix),
        };
    }

    public static object Route(FilterSource source)
    {
        var proto = source.Read(ExtAuthzPerRoute.Parser);
        var settings = proto.CheckSettings;
        return new ExtAuthzRouteSettings(
            proto.Disabled, new Dictionary<string, string>(settings?.ContextExtensions ?? []),
            settings?.DisableRequestBodyBuffering == true ? ExtAuthzBody.None
                : settings?.WithRequestBody is { } body ? Body(body, source) : null,
            settings?.ServiceOverrideCase switch
            {
                CheckSettings.ServiceOverrideOneofCase.GrpcService => Grpc(settings.GrpcService, source),
                CheckSettings.ServiceOverrideOneofCase.HttpService => Http(settings.HttpService, source),
                _ => null,
            });
    }

    private static ExtAuthzService? Grpc(Envoy.Config.Core.V3.GrpcService proto, FilterSource source)
    {
        var timeout = Durations.Nanos(proto.Timeout, TimeoutNanosDefault);
        return GrpcTargetDecoder.Decode(proto, timeout, $"{source.Path}.grpc_service", source.Context) is { } target
            ? new ExtAuthzService { Grpc = target }
            : null;
    }

    private static ExtAuthzService? Http(HttpService proto, FilterSource source)
    {
        if (proto.ServerUri is not { } uri)
        {
            return null;
        }
        CheckPath(proto.PathPrefix, "path_prefix", source);
        CheckPath(proto.PathOverride, "path_override", source);
        if (proto.PathPrefix.Length > 0 && proto.PathOverride.Length > 0)
        {
            source.Error("http_service", "path_prefix and path_override cannot both be set");
        }
        var response = proto.AuthorizationResponse;
        return new ExtAuthzService
        {
            Cluster = source.Context.Cluster(uri.Cluster),
            TimeoutNanos = Durations.Nanos(uri.Timeout, TimeoutNanosDefault),
            Retries = RetryDecoder.OfCall(
                proto.RetryPolicy, $"{source.Path}.http_service.retry_policy", source.Context),
            PathPrefix = Encoding.UTF8.GetBytes(proto.PathPrefix),
            PathOverride = Encoding.UTF8.GetBytes(proto.PathOverride),
            HeadersToAdd = [.. proto.AuthorizationRequest?.HeadersToAdd
                .Select(header => (HeaderName.Create(header.Key), Format(header.Value, source)!))
                .Where(header => header.Item2 is not null) ?? []],
            UpstreamHeaders = Rules(response?.AllowedUpstreamHeaders, source),
            UpstreamHeadersToAppend = Rules(response?.AllowedUpstreamHeadersToAppend, source),
            ClientHeaders = response?.AllowedClientHeaders is { } client ? Rules(client, source) : null,
            ClientHeadersOnSuccess = Rules(response?.AllowedClientHeadersOnSuccess, source),
            MetadataHeaders = Rules(response?.DynamicMetadataFromHeaders, source),
        };
    }

    private static void CheckPath(string path, string field, FilterSource source)
    {
        if (path.Length > 0 && path[0] != '/')
        {
            source.Error($"http_service.{field}", $"{field} should start with \"/\".");
        }
    }

    private static FormatString? Format(string text, FilterSource source)
    {
        if (!FormatString.TryParse(text, out var format, out var error))
        {
            source.Error("http_service.authorization_request.headers_to_add", error);
        }
        return format;
    }

    private static ExtAuthzBody Body(BufferSettings settings, FilterSource source)
    {
        if (settings.MaxRequestBytes == 0)
        {
            source.Error("with_request_body.max_request_bytes", "value must be greater than 0");
        }
        return new ExtAuthzBody(
            (int)Math.Min(settings.MaxRequestBytes, int.MaxValue), settings.AllowPartialMessage,
            settings.PackAsBytes);
    }

    private static ExtAuthzConfig Config(ExtAuthzProto proto, ExtAuthzService service, FilterSource source)
    {
        var allowed = proto.AllowedHeaders ?? proto.HttpService?.AuthorizationRequest?.AllowedHeaders;
        return new ExtAuthzConfig
        {
            Service = service,
            FailureModeAllow = proto.FailureModeAllow,
            FailureModeAllowHeaderAdd = proto.FailureModeAllowHeaderAdd,
            StatusOnError = proto.StatusOnError is { } status ? (int)status.Code : 403,
            Body = proto.WithRequestBody is { } body ? Body(body, source) : ExtAuthzBody.None,
            ClearRouteCache = proto.ClearRouteCache,
            ClearRouteCacheHeaders = [.. proto.ClearRouteCacheHeaders.Select(header => header.ToLowerInvariant())],
            IsShadow = proto.ShadowMode,
            Enabled = proto.FilterEnabled is null
                ? FractionalPercent.All
                : MatcherDecoder.DecodeFraction(proto.FilterEnabled),
            EnabledMetadata = proto.FilterEnabledMetadata is null ? null : MatcherDecoder.DecodeMetadata(
                proto.FilterEnabledMetadata, $"{source.Path}.filter_enabled_metadata", source.Context),
            DenyAtDisable = proto.DenyAtDisable is null
                ? null : ConnectionFilterDecoder.DecodeFlag(proto.DenyAtDisable),
            IncludePeerCertificate = proto.IncludePeerCertificate,
            IncludeTlsSession = proto.IncludeTlsSession,
            EncodeRawHeaders = proto.EncodeRawHeaders,
            MetadataNamespaces = new MetadataNamespaces(
                [.. proto.MetadataContextNamespaces], [.. proto.TypedMetadataContextNamespaces]),
            RouteMetadataNamespaces = new MetadataNamespaces(
                [.. proto.RouteMetadataContextNamespaces], [.. proto.RouteTypedMetadataContextNamespaces]),
            AllowedHeaders = allowed is null ? null : Rules(allowed, source),
            DisallowedHeaders = Rules(proto.DisallowedHeaders, source),
            MutationRules = proto.DecoderHeaderMutationRules is { } rules
                ? MutationRulesDecoder.Decode(rules, $"{source.Path}.decoder_header_mutation_rules", source.Context)
                : null,
            ValidateMutations = proto.ValidateMutations,
            TellsStats = proto.EmitFilterStateStats,
            EmitsSpan = proto.EmitClientSpan ?? true,
            TakesMetadata = proto.EnableDynamicMetadataIngestion ?? true,
            ChargesCluster = proto.ChargeClusterResponseStats ?? true,
            DeniedBodyBytesMax = (int)Math.Min(proto.MaxDeniedResponseBodyBytes, int.MaxValue),
        };
    }

    private static StringMatcher[] Rules(ListStringMatcher? list, FilterSource source) =>
        [.. (list?.Patterns ?? []).Select(pattern =>
            MatcherDecoder.DecodeString(pattern, $"{source.Path}.patterns", source.Context)!)
            .Where(pattern => pattern is not null)];
}
