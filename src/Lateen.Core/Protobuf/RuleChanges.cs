using System.Collections.Frozen;

namespace Lateen.Core.Protobuf;

/// <summary>
/// Rules that Envoy 1.40 has and the packaged API does not, or no longer has: by message, the field and the bytes of
/// its <c>validate.FieldRules</c> in hexadecimal; none where the field is free. Read out of Envoy's own descriptors.
/// </summary>
internal static class RuleChanges
{
    private const string Http = "envoy.extensions.filters.http.";

    private static readonly FrozenDictionary<string, (string Field, string Rules)[]> ByMessage =
        new Dictionary<string, (string, string)[]>
        {
            ["envoy.config.bootstrap.v3.Bootstrap"] = [("stats_eviction_interval", "aa0106320410c0843d")],
            ["envoy.config.cluster.v3.Cluster"] = [("health_checks", "9201021008"), ("dns_jitter", "aa01023200")],
            ["envoy.config.core.v3.Http2ProtocolOptions.SettingsParameter"] =
            [
                ("identifier", "2a0618ffff0328008a01021001"),
            ],
            ["envoy.config.core.v3.KeyValueAppend"] = [("entry", "8a01020801")],
            ["envoy.config.core.v3.KeyValuePair"] = [("key", "7206100128808001")],
            ["envoy.config.core.v3.RuntimeDouble"] = [("runtime_key", "")],
            ["envoy.config.core.v3.RuntimeFeatureFlag"] = [("runtime_key", "")],
            ["envoy.config.core.v3.RuntimePercent"] = [("runtime_key", "")],
            ["envoy.config.core.v3.RuntimeUInt32"] = [("runtime_key", "")],
            ["envoy.config.core.v3.TlvEntry"] = [("type", "2a03108002")],
            ["envoy.config.metrics.v3.HistogramBucketSettings"] =
            [
                ("buckets", "92010f1801220b1209210000000000000000"),
                ("bins", "2a061882e8022000"),
            ],
            ["envoy.config.metrics.v3.MetricsServiceConfig"] = [("batch_size", "2a022800")],
            ["envoy.config.rbac.v3.SourcedMetadata"] =
            [
                ("metadata_matcher", "8a01021001"),
                ("metadata_source", "8201021001"),
            ],
            ["envoy.config.route.v3.CookieMatcher"] = [("name", "72051001288008"), ("string_match", "8a01021001")],
            ["envoy.config.route.v3.RateLimit.Action.QueryParameters"] =
            [
                ("query_parameter_name", "72021001"),
                ("descriptor_key", "72021001"),
            ],
            ["envoy.config.route.v3.RateLimit.Action.RemoteAddressMatch"] =
            [
                ("descriptor_value", "72021001"),
                ("address_matcher", "8a01021001"),
            ],
            ["envoy.config.route.v3.RateLimit.HitsAddend"] =
            [
                ("number", "3206188094ebdc03"),
                ("format", "72093a0125420125d00101"),
            ],
            ["envoy.config.route.v3.RouteAction.RequestMirrorPolicy"] =
            [
                ("request_headers_mutations", "92010310e807"),
                ("host_rewrite_literal", "7206c00102c80100"),
            ],
            ["envoy.config.route.v3.VirtualHost"] = [("request_body_buffer_limit", "8a01021000")],
            ["envoy.config.trace.v3.ZipkinConfig"] = [("collector_cluster", ""), ("collector_endpoint", "")],
            ["envoy.extensions.access_loggers.open_telemetry.v3.OpenTelemetryAccessLogConfig"] =
            [
                ("common_config", ""),
            ],
            ["envoy.extensions.access_loggers.stats.v3.Config.Counter"] =
            [
                ("stat", "8a01021001"),
                ("value_format", "72093a0125420125d00101"),
                ("value_fixed", "32022000"),
            ],
            ["envoy.extensions.access_loggers.stats.v3.Config.Gauge"] =
            [
                ("stat", "8a01021001"),
                ("value_format", "72093a0125420125d00101"),
                ("value_fixed", "32022000"),
            ],
            ["envoy.extensions.access_loggers.stats.v3.Config.Gauge.PairedAddSubtract"] =
            [
                ("add_log_type", "8201021001"),
                ("sub_log_type", "8201021001"),
            ],
            ["envoy.extensions.access_loggers.stats.v3.Config.Gauge.Set"] = [("log_type", "8201021001")],
            ["envoy.extensions.access_loggers.stats.v3.Config.Histogram"] =
            [
                ("stat", "8a01021001"),
                ("unit", "8201021001"),
                ("value_format", "720810013a0125420125"),
            ],
            ["envoy.extensions.access_loggers.stats.v3.Config.Stat"] = [("name", "72021001")],
            ["envoy.extensions.access_loggers.stats.v3.Config.Tag"] =
            [
                ("name", "72021001"),
                ("value_format", "72021001"),
            ],
            ["envoy.extensions.common.dynamic_forward_proxy.v3.DnsCacheConfig"] = [("dns_query_timeout", "aa01023200")],
            ["envoy.extensions.common.ratelimit.v3.RateLimitDescriptor.Entry"] = [("value", "72021000")],
            [Http + "adaptive_concurrency.v3.GradientControllerConfig.MinimumRTTCalculationParams"] =
            [
                ("interval", "aa0106320410c0843d"),
            ],
            [Http + "api_key_auth.v3.Credential"] = [("key", "72021001"), ("client", "72021001")],
            ["envoy.extensions.filters.http.api_key_auth.v3.Forwarding"] = [("header", "7209188008c00101c80100")],
            ["envoy.extensions.filters.http.api_key_auth.v3.KeySource"] =
            [
                ("header", "720c188008c00101c80100d00101"),
                ("query", "7203188008"),
                ("cookie", "720c188008c00101c80100d00101"),
            ],
            ["envoy.extensions.filters.http.buffer.v3.Buffer"] = [("max_request_bytes", "2a0220008a01021001")],
            ["envoy.extensions.filters.http.composite.v3.CompositePerRoute"] = [("matcher", "8a01021001")],
            ["envoy.extensions.filters.http.compressor.v3.Compressor.ResponseDirectionConfig"] =
            [
                ("uncompressible_response_codes", "92010c180122082a0610d80428c801"),
            ],
            ["envoy.extensions.filters.http.ext_authz.v3.ExtAuthzPerRoute"] = [("disabled", "")],
            ["envoy.extensions.filters.http.ext_proc.v3.ExternalProcessor"] = [("grpc_service", "")],
            ["envoy.extensions.filters.http.filter_chain.v3.FilterChain"] = [("filters", "9201020801")],
            ["envoy.extensions.filters.http.filter_chain.v3.FilterChainConfigPerRoute"] =
            [
                ("filter_chain", "8a01021001"),
            ],
            ["envoy.extensions.filters.http.gcp_authn.v3.Audience"] = [("url", "")],
            ["envoy.extensions.filters.http.gcp_authn.v3.TokenHeader"] = [("name", "7209c00101c80100d00101")],
            ["envoy.extensions.filters.http.ip_tagging.v3.IPTagging"] = [("ip_tags", "")],
            ["envoy.extensions.filters.http.jwt_authn.v3.JwtClaimToHeader"] = [("claim_name", "")],
            ["envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit"] =
            [
                ("max_dynamic_descriptors", "2a022801"),
            ],
            ["envoy.extensions.filters.http.oauth2.v3.CookieConfig"] =
            [
                ("same_site", "8201021001"),
                ("path", "7221321f5e247c5e2f5b5e5c7830302d5c7831665c78376620222c3b3c3e5c5c5d2a24"),
            ],
            ["envoy.extensions.filters.http.oauth2.v3.OAuth2Credentials"] =
            [
                ("token_secret", ""),
                ("cookie_domain", "7220321e5e247c5e5b5e5c7830302d5c7831665c78376620222c3b3c3e5c5c5d2b24"),
            ],
            ["envoy.extensions.filters.http.oauth2.v3.OAuth2Credentials.CookieNames"] =
            [
                ("oauth_nonce", "7206c00101d00101"),
                ("code_verifier", "7206c00101d00101"),
            ],
            ["envoy.extensions.filters.http.oauth2.v3.OAuth2PerRoute"] = [("config", "8a01021001")],
            ["envoy.extensions.filters.http.oauth2.v3.OAuth2TokenForwarding"] = [("header", "72081001c00101c80100")],
            ["envoy.extensions.filters.http.oauth2.v3.PostLogoutRedirectUri"] =
            [
                ("disabled", "6a020801"),
                ("uri", "72021001"),
            ],
            ["envoy.extensions.filters.http.oauth2.v3.PrivateKeyJwtConfig"] =
            [
                ("signing_algorithm", "8201021001"),
                ("assertion_lifetime", "aa010432020801"),
            ],
            ["envoy.extensions.filters.http.on_demand.v3.OnDemandCds"] = [("source", "")],
            ["envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector"] =
            [
                ("max_client_hello_size", "2a071880800120ff01"),
            ],
            ["envoy.extensions.filters.network.http_connection_manager.v3.Rds"] = [("config_source", "")],
            ["envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy"] =
            [
                ("proxy_protocol_tlv_merge_policy", "8201021001"),
                ("upstream_connect_mode", "8201021001"),
                ("max_early_data_bytes", "2a0418808040"),
            ],
            ["envoy.extensions.geoip_providers.common.v3.CommonGeoipProviderConfig"] = [("geo_headers_to_add", "")],
            ["envoy.extensions.http.injected_credentials.oauth2.v3.OAuth2.ClientCredentials"] = [("client_secret", "")],
            ["envoy.extensions.http.injected_credentials.oauth2.v3.OAuth2.EndpointParameter"] = [("name", "72021001")],
            ["envoy.extensions.http.stateful_session.envelope.v3.EnvelopeSessionState"] = [("header", "8a01021001")],
            ["envoy.extensions.http.stateful_session.envelope.v3.EnvelopeSessionState.Header"] = [("name", "72021001")],
            ["envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig"] = [("resolvers", "")],
            ["envoy.extensions.resource_monitors.cpu_utilization.v3.CpuUtilizationConfig"] = [("mode", "8201021001")],
            ["envoy.extensions.resource_monitors.fixed_heap.v3.FixedHeapConfig"] = [("max_heap_size_bytes", "")],
            ["envoy.extensions.transport_sockets.http_11_proxy.v3.Http11ProxyUpstreamTransport"] =
            [
                ("transport_socket", ""),
            ],
            ["envoy.extensions.transport_sockets.tls.v3.CertificateProviderPluginInstance"] =
            [
                ("instance_name", "72021001"),
            ],
            ["envoy.extensions.upstreams.http.v3.HttpProtocolOptions.OutlierDetection"] =
            [
                ("error_matcher", "8a01021001"),
            ],
            ["envoy.service.ext_proc.v3.ProtocolConfiguration"] =
            [
                ("request_body_mode", "8201021001"),
                ("response_body_mode", "8201021001"),
            ],
            ["envoy.type.http.v3.CookieAttribute"] =
            [
                ("name", "720c100128808001c00101c80100"),
                ("value", "720a28808001c00102c80100"),
            ],
            ["envoy.type.v3.TokenBucket"] = [("max_tokens", "2a022800")],
        }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The rules of a message's fields that changed; null: none did.</summary>
    public static (string Field, string Rules)[]? Find(string message) => ByMessage.GetValueOrDefault(message);
}
