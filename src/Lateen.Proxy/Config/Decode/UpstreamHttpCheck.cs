using Envoy.Extensions.Upstreams.Http.V3;

namespace Lateen.Proxy.Config.Decode;

/// <summary>What the HTTP options of a cluster must not say.</summary>
internal static class UpstreamHttpCheck
{
    public static void Check(HttpProtocolOptions options, string path, DecodeContext context)
    {
        var common = options.CommonHttpProtocolOptions;
        if (options.UpstreamProtocolOptionsCase == HttpProtocolOptions.UpstreamProtocolOptionsOneofCase.None)
        {
            context.Error(path, "CLUSTER", "upstream_protocol_options is required");
        }
        if (common?.MaxHeadersCount is 0)
        {
            context.Error($"{path}.common_http_protocol_options.max_headers_count", "CLUSTER",
                "value must be greater than or equal to 1");
        }
        if (Durations.Nanos(common?.IdleTimeout) < 0 || Durations.Nanos(common?.MaxConnectionDuration) < 0
            || Durations.Nanos(common?.MaxStreamDuration) < 0)
        {
            context.Error($"{path}.common_http_protocol_options", "CLUSTER",
                "Invalid duration: Expected positive duration");
        }
        var http1 = options.ExplicitHttpConfig?.HttpProtocolOptions
            ?? options.UseDownstreamProtocolConfig?.HttpProtocolOptions ?? options.AutoConfig?.HttpProtocolOptions;
        if (http1?.HeaderKeyFormat is { } format && HcmDecoder.KeyFormat(format) is null)
        {
            context.Error($"{path}.http_protocol_options.header_key_format", "CLUSTER", "a header format is required");
        }
        var header = options.UpstreamHttpProtocolOptions?.OverrideAutoSniHeader ?? "";
        if (header.AsSpan().ContainsAny(' ', '\r', '\n'))
        {
            context.Error($"{path}.upstream_http_protocol_options.override_auto_sni_header", "CLUSTER",
                "not a header name");
        }
    }
}
