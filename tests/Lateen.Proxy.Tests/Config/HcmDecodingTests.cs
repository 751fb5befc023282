using Lateen.Proxy.Config.Decode;
using Lateen.Proxy.Filters;
using HcmProto = Envoy.Extensions.Filters.Network.HttpConnectionManager.V3.HttpConnectionManager;

namespace Lateen.Proxy.Tests.Config;

/// <summary>What connection managers must not say, by the message that tells it.</summary>
public sealed class HcmDecodingTests
{
    [Theory]
    [InlineData("stream_flush_timeout: 1s, http1_safe_max_connection_duration: true", null)]
    [InlineData("strip_any_host_port: true, strip_matching_host_port: true", "Only one of `strip_matching_host_port`")]
    [InlineData("codec_type: HTTP3", "HTTP3 codec configured on non-QUIC listener")]
    [InlineData("codec_type: 9", "defined enum values")]
    [InlineData("server_header_transformation: 7", "defined enum values")]
    [InlineData("max_request_headers_kb: 0", "(0, 8192]")]
    [InlineData("max_request_headers_kb: 8193", "(0, 8192]")]
    [InlineData("common_http_protocol_options: {max_headers_count: 0}", "greater than or equal to 1")]
    [InlineData("http2_protocol_options: {initial_stream_window_size: 100}", "inside range [65535")]
    [InlineData("http2_protocol_options: {max_concurrent_streams: 0}", "inside range [1")]
    [InlineData("http2_protocol_options: {connection_keepalive: {interval: 1s}}", "a timeout is required")]
    [InlineData("http2_protocol_options: {custom_settings_parameters: [{identifier: 2, value: 1}]}", "server push")]
    [InlineData("http2_protocol_options: {max_concurrent_streams: 1, custom_settings_parameters: "
        + "[{identifier: 3, value: 1}]}", "given twice")]
    [InlineData("upgrade_configs: [{upgrade_type: a}, {upgrade_type: A}]", "multiple upgrade configs")]
    [InlineData("server_name: \"a\\nb\"", "no header may have")]
    [InlineData("via: \"a\\nb\"", "no header may have")]
    [InlineData("scheme_header_transformation: {scheme_to_overwrite: ftp}", "[http https]")]
    [InlineData("local_reply_config: {mappers: [{filter: {not_health_check_filter: {}}, status_code: 199}]}",
        "[200, 600)")]
    [InlineData("local_reply_config: {mappers: [{status_code: 400}]}", "value is required")]
    [InlineData("stream_idle_timeout: -1s", "Invalid duration")]
    [InlineData("access_log_options: {access_log_flush_interval: 0s}", "greater than or equal to 1ms")]
    [InlineData("access_log_options: {}, flush_access_log_on_new_request: true", "Only one of access_log_options")]
    [InlineData("http_protocol_options: {header_key_format: {}}", "a header format is required")]
    public void Manager_WithFields_LoadsOrTellsWhy(string fields, string? expected)
    {
        var context = new DecodeContext { Resources = TestResources.Create() };
        var hcm = TestResources.Read<HcmProto>($$"""
            {stat_prefix: s, route_config: {name: rc}, {{fields}}, http_filters: [{name: r, typed_config:
            {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router} }]}
            """);

        HcmDecoder.Decode(hcm, "hcm", "", context);

        if (expected is null)
        {
            Assert.Empty(context.Errors);
        }
        else
        {
            Assert.Contains(context.Errors, error => error.Message.Contains(expected, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void FlushTimeout_OfItsOwn_IsTaken()
    {
        var context = new DecodeContext { Resources = TestResources.Create() };
        var hcm = TestResources.Read<HcmProto>("""
            {stat_prefix: s, route_config: {name: rc}, stream_idle_timeout: 9s, stream_flush_timeout: 2s, http_filters:
            [{name: r, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}]}
            """);

        var config = HcmDecoder.Decode(hcm, "hcm", "", context);

        Assert.Equal(2_000_000_000, config!.Timeouts.StreamFlushNanos);
    }
    [Theory]
    [InlineData("ext_authz.v3.ExtAuthz", "", true)]
    [InlineData("ext_authz.v3.ExtAuthz", ", emit_client_span: true", true)]
    [InlineData("ext_authz.v3.ExtAuthz", ", emit_client_span: false", false)]
    [InlineData("ext_proc.v3.ExternalProcessor", "", true)]
    [InlineData("ext_proc.v3.ExternalProcessor", ", emit_client_span: true", true)]
    [InlineData("ext_proc.v3.ExternalProcessor", ", emit_client_span: false", false)]
    public void Filter_WithCalls_ShowsThemUnlessToldNotTo(string type, string field, bool expected)
    {
        var context = new DecodeContext { Resources = TestResources.Create() };
        var hcm = TestResources.Read<HcmProto>("{stat_prefix: s, route_config: {name: rc}, http_filters: [{name: f, "
            + "typed_config: {\"@type\": type.googleapis.com/envoy.extensions.filters.http." + type
            + ", grpc_service: {envoy_grpc: {cluster_name: c}}" + field + "}}, {name: r, typed_config: {\"@type\": "
            + "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}]}");

        var config = HcmDecoder.Decode(hcm, "hcm", "", context);

        Assert.Empty(context.Errors);
        Assert.Equal(expected, config!.HttpFilters[0] switch
        {
            ExtProcFilter filter => filter.Config.EmitsSpan,
            ExtAuthzFilter filter => filter.Config.EmitsSpan,
            _ => !expected,
        });
    }
}
