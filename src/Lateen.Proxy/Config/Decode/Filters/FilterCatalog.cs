using Lateen.Proxy.Filters;

namespace Lateen.Proxy.Config.Decode.Filters;

/// <summary>HTTP filters by the type of their configuration, in the chain and on routes.</summary>
internal static class FilterCatalog
{
    private const string Http = "envoy.extensions.filters.http.";

    private static readonly Dictionary<string, Func<FilterSource, HttpFilter?>> Chain = new(StringComparer.Ordinal)
    {
        [Http + "basic_auth.v3.BasicAuth"] = AuthenticationDecoder.BasicAuth,
        [Http + "api_key_auth.v3.ApiKeyAuth"] = AuthenticationDecoder.ApiKeyAuth,
        [Http + "aws_request_signing.v3.AwsRequestSigning"] = AwsDecoder.Filter,
        [Http + "buffer.v3.Buffer"] = TrafficDecoder.Buffer,
        [Http + "cache.v3.CacheConfig"] = CacheDecoder.Filter,
        [Http + "cdn_loop.v3.CdnLoopConfig"] = TrafficDecoder.CdnLoop,
        [Http + "csrf.v3.CsrfPolicy"] = TrafficDecoder.Csrf,
        [Http + "original_src.v3.OriginalSrc"] = TrafficDecoder.OriginalSource,
        [Http + "ip_tagging.v3.IPTagging"] = TrafficDecoder.IpTagging,
        [Http + "health_check.v3.HealthCheck"] = TrafficDecoder.HealthCheck,
        [Http + "header_to_metadata.v3.Config"] = MetadataFilterDecoder.HeaderToMetadata,
        [Http + "json_to_metadata.v3.JsonToMetadata"] = MetadataFilterDecoder.JsonToMetadata,
        [Http + "set_metadata.v3.Config"] = MetadataFilterDecoder.SetMetadata,
        [Http + "set_filter_state.v3.Config"] = MetadataFilterDecoder.SetFilterState,
        [Http + "local_ratelimit.v3.LocalRateLimit"] = LocalRateLimitDecoder.Filter,
        [Http + "dynamic_forward_proxy.v3.FilterConfig"] = ForwardProxyDecoder.Filter,
        [Http + "compressor.v3.Compressor"] = CompressionDecoder.Compressor,
        [Http + "decompressor.v3.Decompressor"] = CompressionDecoder.Decompressor,
        [Http + "stateful_session.v3.StatefulSession"] = StatefulSessionDecoder.Filter,
        [Http + "composite.v3.Composite"] = source => NestedFilterDecoder.Composite(source),
        [Http + "filter_chain.v3.FilterChainConfig"] = NestedFilterDecoder.FilterChain,
        [Http + "grpc_stats.v3.FilterConfig"] = GrpcFilterDecoder.Stats,
        [Http + "grpc_json_transcoder.v3.GrpcJsonTranscoder"] = TranscoderDecoder.Filter,
        [Http + "grpc_web.v3.GrpcWeb"] = GrpcFilterDecoder.Web,
        [Http + "connect_grpc_bridge.v3.FilterConfig"] = GrpcFilterDecoder.Connect,
        [Http + "grpc_http1_bridge.v3.Config"] = GrpcFilterDecoder.Bridge,
        [Http + "grpc_http1_reverse_bridge.v3.FilterConfig"] = GrpcFilterDecoder.ReverseBridge,
        [Http + "bandwidth_limit.v3.BandwidthLimit"] = PacingDecoder.Bandwidth,
        [Http + "admission_control.v3.AdmissionControl"] = PacingDecoder.Admission,
        [Http + "adaptive_concurrency.v3.AdaptiveConcurrency"] = PacingDecoder.Adaptive,
        [Http + "ext_proc.v3.ExternalProcessor"] = ExtProcDecoder.Filter,
        [Http + "credential_injector.v3.CredentialInjector"] = CredentialDecoder.Filter,
        [Http + "custom_response.v3.CustomResponse"] = CustomResponseDecoder.Filter,
        [Http + "oauth2.v3.OAuth2"] = OAuth2Decoder.Filter,
        [Http + "lua.v3.Lua"] = LuaDecoder.Filter,
        [Http + "ratelimit.v3.RateLimit"] = RateLimitFilterDecoder.Filter,
        [Http + "ext_authz.v3.ExtAuthz"] = ExtAuthzDecoder.Filter,
        [Http + "jwt_authn.v3.JwtAuthentication"] = JwtAuthnDecoder.Filter,
        [Http + "tap.v3.Tap"] = TapDecoder.Filter,
        [Http + "on_demand.v3.OnDemand"] = OnDemandDecoder.Filter,
    };

    private static readonly Dictionary<string, Func<FilterSource, object?>> Routes = new(StringComparer.Ordinal)
    {
        [Http + "basic_auth.v3.BasicAuthPerRoute"] = AuthenticationDecoder.BasicAuthRoute,
        [Http + "api_key_auth.v3.ApiKeyAuthPerRoute"] = AuthenticationDecoder.ApiKeyAuthRoute,
        [Http + "aws_request_signing.v3.AwsRequestSigningPerRoute"] = AwsDecoder.Route,
        [Http + "buffer.v3.BufferPerRoute"] = TrafficDecoder.BufferRoute,
        [Http + "csrf.v3.CsrfPolicy"] = TrafficDecoder.CsrfRoute,
        [Http + "header_to_metadata.v3.Config"] = MetadataFilterDecoder.HeaderToMetadataRoute,
        [Http + "json_to_metadata.v3.JsonToMetadata"] = MetadataFilterDecoder.JsonToMetadataRoute,
        [Http + "set_filter_state.v3.Config"] = MetadataFilterDecoder.SetFilterStateRoute,
        [Http + "local_ratelimit.v3.LocalRateLimit"] = LocalRateLimitDecoder.Route,
        [Http + "dynamic_forward_proxy.v3.PerRouteConfig"] = ForwardProxyDecoder.Route,
        [Http + "compressor.v3.CompressorPerRoute"] = CompressionDecoder.CompressorRoute,
        [Http + "grpc_json_transcoder.v3.GrpcJsonTranscoder"] = TranscoderDecoder.Route,
        [Http + "grpc_http1_reverse_bridge.v3.FilterConfigPerRoute"] = GrpcFilterDecoder.ReverseBridgeRoute,
        [Http + "stateful_session.v3.StatefulSessionPerRoute"] = StatefulSessionDecoder.Route,
        [Http + "filter_chain.v3.FilterChainConfigPerRoute"] = NestedFilterDecoder.FilterChainRoute,
        ["envoy.extensions.common.matching.v3.ExtensionWithMatcherPerRoute"] = NestedFilterDecoder.MatcherRoute,
        [Http + "bandwidth_limit.v3.BandwidthLimit"] = PacingDecoder.BandwidthRoute,
        [Http + "ext_proc.v3.ExtProcPerRoute"] = ExtProcDecoder.Route,
        [Http + "custom_response.v3.CustomResponse"] = CustomResponseDecoder.Route,
        [Http + "oauth2.v3.OAuth2PerRoute"] = OAuth2Decoder.Route,
        [Http + "lua.v3.LuaPerRoute"] = LuaDecoder.Route,
        [Http + "ratelimit.v3.RateLimitPerRoute"] = RateLimitFilterDecoder.Route,
        [Http + "ext_authz.v3.ExtAuthzPerRoute"] = ExtAuthzDecoder.Route,
        [Http + "jwt_authn.v3.PerRouteConfig"] = JwtAuthnDecoder.Route,
        [Http + "on_demand.v3.PerRouteConfig"] = OnDemandDecoder.Route,
    };

    /// <summary>False when there is no such filter.</summary>
    public static bool TryDecode(FilterSource source, out HttpFilter? filter)
    {
        var known = Chain.TryGetValue(source.Type, out var decode);
        filter = decode?.Invoke(source);
        return known;
    }

    /// <summary>False when no filter has such settings on routes.</summary>
    public static bool TryDecodeRoute(FilterSource source, out object? settings)
    {
        var known = Routes.TryGetValue(source.Type, out var decode);
        settings = decode?.Invoke(source);
        return known;
    }
}
