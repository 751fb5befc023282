using Envoy.Extensions.Filters.Network.HttpConnectionManager.V3;
using Google.Protobuf.WellKnownTypes;
using HcmProto = Envoy.Extensions.Filters.Network.HttpConnectionManager.V3.HttpConnectionManager;

namespace Lateen.Proxy.Config.Decode;

/// <summary>What a connection manager must not say: values out of their ranges, and options that exclude each
/// other.</summary>
internal static class HcmCheck
{
    private const uint HeadersKbMax = 8192;
    private const int NanosPerMilli = 1_000_000;

    public static void Check(HcmProto hcm, string path, DecodeContext context)
    {
        CheckEnums(hcm, path, context);
        CheckHeaderLimits(hcm, path, context);
        CheckTexts(hcm, path, context);
        CheckAddresses(hcm, path, context);
        CheckDurations(hcm, path, context);
        CheckUpgrades(hcm, path, context);
        CheckLocalReplies(hcm.LocalReplyConfig, $"{path}.local_reply_config", context);
        Http2OptionsCheck.Check(hcm.Http2ProtocolOptions, $"{path}.http2_protocol_options", context);
        if (hcm.HttpProtocolOptions?.HeaderKeyFormat is { } format && HcmDecoder.KeyFormat(format) is null)
        {
            context.Error($"{path}.http_protocol_options.header_key_format", "HCM", "a header format is required");
        }
        if (hcm.TypedHeaderValidationConfig is { } validation)
        {
            TypedConfigs.ReportUnknown(
                validation.Name, validation.TypedConfig, $"{path}.typed_header_validation_config", context);
        }
    }

    private static void CheckEnums(HcmProto hcm, string path, DecodeContext context)
    {
        if (hcm.CodecType == HcmProto.Types.CodecType.Http3)
        {
            context.Error($"{path}.codec_type", "HCM", "HTTP3 codec configured on non-QUIC listener.");
        }
        if (!System.Enum.IsDefined(hcm.CodecType) || !System.Enum.IsDefined(hcm.ServerHeaderTransformation)
            || !System.Enum.IsDefined(hcm.ForwardClientCertDetails)
            || !System.Enum.IsDefined(hcm.PathWithEscapedSlashesAction))
        {
            context.Error(path, "HCM", "value must be one of the defined enum values");
        }
    }

    private static void CheckHeaderLimits(HcmProto hcm, string path, DecodeContext context)
    {
        if (hcm.MaxRequestHeadersKb is 0 or > HeadersKbMax)
        {
            context.Error($"{path}.max_request_headers_kb", "HCM", "value must be inside range (0, 8192]");
        }
        if (hcm.CommonHttpProtocolOptions?.MaxHeadersCount is 0)
        {
            context.Error($"{path}.common_http_protocol_options.max_headers_count", "HCM",
                "value must be greater than or equal to 1");
        }
    }

    private static void CheckTexts(HcmProto hcm, string path, DecodeContext context)
    {
        HeaderDecoder.CheckValue(hcm.ServerName, $"{path}.server_name", context);
        HeaderDecoder.CheckValue(hcm.Via, $"{path}.via", context);
        if (hcm.StripAnyHostPort && hcm.StripMatchingHostPort)
        {
            context.Error(path, "HCM",
                "Error: Only one of `strip_matching_host_port` or `strip_any_host_port` can be set.");
        }
        if (hcm.SchemeHeaderTransformation is { SchemeToOverwrite: { Length: > 0 } and not ("http" or "https") })
        {
            context.Error($"{path}.scheme_header_transformation.scheme_to_overwrite", "HCM",
                "value must be in list [http https]");
        }
    }

    private static void CheckAddresses(HcmProto hcm, string path, DecodeContext context)
    {
        if (hcm.OriginalIpDetectionExtensions.Count == 0)
        {
            return;
        }
        var at = $"{path}.original_ip_detection_extensions";
        if (hcm.UseRemoteAddress ?? false)
        {
            context.Error(at, "HCM", "Original IP detection extensions and use_remote_address may not be mixed");
        }
        if (hcm.XffNumTrustedHops > 0)
        {
            context.Error(at, "HCM", "Original IP detection extensions and xff_num_trusted_hops may not be mixed");
        }
    }

    private static void CheckDurations(HcmProto hcm, string path, DecodeContext context)
    {
        var common = hcm.CommonHttpProtocolOptions;
        ReadOnlySpan<Duration?> all =
        [
            hcm.StreamIdleTimeout, hcm.StreamFlushTimeout, hcm.RequestTimeout, hcm.RequestHeadersTimeout,
            hcm.DrainTimeout, hcm.DelayedCloseTimeout, common?.IdleTimeout, common?.MaxConnectionDuration,
            common?.MaxStreamDuration,
        ];
        foreach (var duration in all)
        {
            if (Durations.Nanos(duration) < 0)
            {
                context.Error(path, "HCM", $"Invalid duration: Expected positive duration: {duration}");
            }
        }
        var own = hcm.AccessLogFlushInterval is not null || hcm.FlushAccessLogOnNewRequest;
        if (hcm.AccessLogOptions is not null && own)
        {
            context.Error($"{path}.access_log_options", "HCM",
                "Only one of access_log_options and the fields that it replaces can be specified.");
        }
        if ((hcm.AccessLogOptions?.AccessLogFlushInterval ?? hcm.AccessLogFlushInterval) is { } interval
            && Durations.Nanos(interval) < NanosPerMilli)
        {
            context.Error($"{path}.access_log_options.access_log_flush_interval", "HCM",
                "value must be greater than or equal to 1ms");
        }
    }

    private static void CheckUpgrades(HcmProto hcm, string path, DecodeContext context)
    {
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var upgrade in hcm.UpgradeConfigs)
        {
            if (!names.Add(upgrade.UpgradeType))
            {
                context.Error($"{path}.upgrade_configs", "HCM",
                    $"Error: multiple upgrade configs with the same name: '{upgrade.UpgradeType}'");
            }
        }
    }

    private static void CheckLocalReplies(LocalReplyConfig? config, string path, DecodeContext context)
    {
        for (var i = 0; i < (config?.Mappers.Count ?? 0); i++)
        {
            var mapper = config!.Mappers[i];
            if (mapper.StatusCode is < 200 or >= 600)
            {
                context.Error($"{path}.mappers[{i}].status_code", "HCM", "value must be inside range [200, 600)");
            }
            if (mapper.Filter is null)
            {
                context.Error($"{path}.mappers[{i}].filter", "HCM", "value is required");
            }
        }
    }
}
