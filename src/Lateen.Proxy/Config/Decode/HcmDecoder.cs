using System.Collections.Immutable;
using System.Text;
using Envoy.Config.Core.V3;
using Envoy.Extensions.Filters.Network.HttpConnectionManager.V3;
using Envoy.Extensions.Http.HeaderFormatters.PreserveCase.V3;
using Lateen.Http.Http2;
using Lateen.Proxy.Http;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Stats;
using Lateen.Proxy.Tracing;
using CodecType = Lateen.Proxy.Http.CodecType;
using ForwardClientCertDetails = Lateen.Proxy.Http.ForwardClientCertDetails;
using HcmProto = Envoy.Extensions.Filters.Network.HttpConnectionManager.V3.HttpConnectionManager;
using HttpFilter = Lateen.Proxy.Filters.HttpFilter;
using PathWithEscapedSlashesAction = Lateen.Proxy.Http.PathWithEscapedSlashesAction;
using ScopedRoutes = Lateen.Proxy.Routing.ScopedRoutes;
using ServerHeaderTransformation = Lateen.Proxy.Http.ServerHeaderTransformation;

namespace Lateen.Proxy.Config.Decode;

/// <summary>The HTTP connection manager.</summary>
internal static class HcmDecoder
{
    private const long Hour = 3_600_000_000_000;

    public static HttpConnectionManagerConfig? Decode(HcmProto hcm, string name, string path, DecodeContext context)
    {
        if (hcm.StatPrefix.Length == 0)
        {
            context.Error($"{path}.stat_prefix", "HCM", "a stat_prefix is required");
            return null;
        }
        HcmCheck.Check(hcm, path, context);
        var stats = new HttpStats(context.Stats, hcm.StatPrefix, context.ListenerStatPrefix);
        if (DecodeRoutes(hcm, path, context, out var scoped) is not { } routes)
        {
            return null;
        }
        var common = hcm.CommonHttpProtocolOptions ?? new HttpProtocolOptions();
        return new HttpConnectionManagerConfig
        {
            Name = name,
            StatPrefix = hcm.StatPrefix,
            Stats = stats,
            Http2Stats = new Http2Stats(context.Stats),
            Http1Stats = context.Stats.GetScope("http1.", StatLayout.Empty),
            Codec = DecodeCodec(hcm.CodecType),
            Routes = routes,
            ScopedRoutes = scoped,
            HttpFilters = HttpFilterDecoder.Decode(hcm.HttpFilters, stats, $"{path}.http_filters", context),
            AccessLogs = AccessLogDecoder.Decode(hcm.AccessLog, $"{path}.access_log", context),
            FlushAccessLogOnNewRequest = hcm.AccessLogOptions?.FlushAccessLogOnNewRequest
                ?? hcm.FlushAccessLogOnNewRequest,
            Direction = context.Direction,
            Http1 = DecodeHttp1(hcm.HttpProtocolOptions, $"{path}.http_protocol_options", context),
            Http2 = DecodeHttp2(hcm, common),
            ServerName = hcm.ServerName.Length > 0 ? Encoding.UTF8.GetBytes(hcm.ServerName) : "envoy"u8.ToArray(),
            ServerHeader = (ServerHeaderTransformation)hcm.ServerHeaderTransformation,
            Via = Encoding.UTF8.GetBytes(hcm.Via),
            AddUserAgent = hcm.AddUserAgent ?? false,
            MaxRequestHeadersKb = (int)(hcm.MaxRequestHeadersKb ?? 60),
            MaxHeadersCount = (int)(common.MaxHeadersCount ?? 100),
            HeadersWithUnderscores = (Http.HeadersWithUnderscoresAction)common.HeadersWithUnderscoresAction,
            MaxRequestsPerConnection = (int)(common.MaxRequestsPerConnection ?? 0),
            Timeouts = DecodeTimeouts(hcm, common),
            Forwarding = DecodeForwarding(hcm, path, context),
            Normalization = DecodeNormalization(hcm),
            EarlyMutations = HcmExtensionDecoder.EarlyMutations(hcm, path, context),
            NodeCluster = Encoding.UTF8.GetBytes(context.Resources.NodeCluster),
            NodeId = Encoding.UTF8.GetBytes(context.Resources.NodeId),
            Proxy100Continue = hcm.Proxy100Continue,
            GenerateRequestId = hcm.GenerateRequestId ?? true,
            PreserveExternalRequestId = hcm.PreserveExternalRequestId,
            AlwaysSetRequestIdInResponse = hcm.AlwaysSetRequestIdInResponse,
            Upgrades = [.. hcm.UpgradeConfigs.Select(u => (u.UpgradeType.ToLowerInvariant(), u.Enabled ?? true))],
            UpgradeFilters = DecodeUpgradeFilters(hcm, stats, path, context),
            LocalReplyMappers = DecodeMappers(hcm.LocalReplyConfig, path, context),
            LocalReplyFormat = DecodeOptional(
                hcm.LocalReplyConfig?.BodyFormat, $"{path}.local_reply_config.body_format", context),
            StreamErrorOnInvalidHttpMessage = hcm.StreamErrorOnInvalidHttpMessage ?? false,
            SchemeMatchesUpstream = hcm.SchemeHeaderTransformation?.MatchUpstream ?? false,
            SafeMaxConnectionDuration = hcm.Http1SafeMaxConnectionDuration,
            SchemeToOverwrite = DecodeScheme(hcm.SchemeHeaderTransformation),
            Tracing = TracingDecoder.Decode(hcm, stats, path, context),
            UsesRequestIdForSampling = TracingDecoder.ReadRequestIds(hcm, path, context, out var packsReason),
            PacksTraceReason = packsReason,
            AccessLogFlushIntervalNanos = Durations.Nanos(
                hcm.AccessLogOptions?.AccessLogFlushInterval ?? hcm.AccessLogFlushInterval),
            LogsTunnelEstablished = hcm.AccessLogOptions?.FlushLogOnTunnelSuccessfullyEstablished ?? false,
            ProxyStatus = ProxyStatusDecoder.Decode(hcm, context),
        };
    }

    private static CodecType DecodeCodec(HcmProto.Types.CodecType type) => type switch
    {
        HcmProto.Types.CodecType.Http1 => CodecType.Http1,
        HcmProto.Types.CodecType.Http2 => CodecType.Http2,
        _ => CodecType.Auto,
    };

    private static HttpTimeouts DecodeTimeouts(HcmProto hcm, HttpProtocolOptions common) => new()
    {
        IdleNanos = Durations.Nanos(common.IdleTimeout, Hour),
        MaxConnectionDurationNanos = Durations.Nanos(common.MaxConnectionDuration),
        MaxStreamDurationNanos = Durations.Nanos(common.MaxStreamDuration),
        StreamIdleNanos = Durations.Nanos(hcm.StreamIdleTimeout, 300_000_000_000),
        StreamFlushNanos = Durations.Nanos(hcm.StreamFlushTimeout ?? hcm.StreamIdleTimeout, 300_000_000_000),
        RequestNanos = Durations.Nanos(hcm.RequestTimeout),
        RequestHeadersNanos = Durations.Nanos(hcm.RequestHeadersTimeout),
        DrainNanos = Durations.Nanos(hcm.DrainTimeout, 5_000_000_000),
        DelayedCloseNanos = Durations.Nanos(hcm.DelayedCloseTimeout, 1_000_000_000),
    };

    private static ForwardingOptions DecodeForwarding(HcmProto hcm, string path, DecodeContext context) => new()
    {
        IpDetection = HcmExtensionDecoder.IpDetections(hcm, path, context),
        UseRemoteAddress = hcm.UseRemoteAddress ?? false,
        XffNumTrustedHops = (int)hcm.XffNumTrustedHops,
        SkipXffAppend = hcm.SkipXffAppend,
        AppendXForwardedPort = hcm.AppendXForwardedPort,
        InternalAddresses = AddressDecoder.DecodeRanges(
            hcm.InternalAddressConfig?.CidrRanges ?? [], $"{path}.internal_address_config.cidr_ranges", context),
        InternalUnixSockets = hcm.InternalAddressConfig?.UnixSockets ?? false,
        ForwardClientCert = (ForwardClientCertDetails)hcm.ForwardClientCertDetails,
        ClientCertDetails = (
            hcm.SetCurrentClientCertDetails?.Subject ?? false,
            hcm.SetCurrentClientCertDetails?.Cert ?? false,
            hcm.SetCurrentClientCertDetails?.Chain ?? false,
            hcm.SetCurrentClientCertDetails?.Dns ?? false,
            hcm.SetCurrentClientCertDetails?.Uri ?? false),
    };

    private static NormalizationOptions DecodeNormalization(HcmProto hcm) => new()
    {
        NormalizePath = hcm.NormalizePath ?? false,
        MergeSlashes = hcm.MergeSlashes,
        EscapedSlashes = (int)hcm.PathWithEscapedSlashesAction is > 0 and var action
            ? (PathWithEscapedSlashesAction)(action - 1)
            : PathWithEscapedSlashesAction.KeepUnchanged,
        StripMatchingHostPort = hcm.StripMatchingHostPort,
        StripAnyHostPort = hcm.StripAnyHostPort,
        StripTrailingHostDot = hcm.StripTrailingHostDot,
    };

    private static ImmutableArray<(string Type, ImmutableArray<HttpFilter> Filters)> DecodeUpgradeFilters(
        HcmProto hcm, HttpStats stats, string path, DecodeContext context) =>
        [.. hcm.UpgradeConfigs
            .Where(upgrade => upgrade.Filters.Count > 0)
            .Select((upgrade, i) => (upgrade.UpgradeType.ToLowerInvariant(), HttpFilterDecoder.Decode(
                upgrade.Filters, stats, $"{path}.upgrade_configs[{i}].filters", context)))];

    private static byte[]? DecodeScheme(SchemeHeaderTransformation? scheme) =>
        scheme is { SchemeToOverwrite.Length: > 0 } ? Encoding.ASCII.GetBytes(scheme.SchemeToOverwrite) : null;

    private static RouteConfigurationSlot? DecodeRoutes(
        HcmProto hcm, string path, DecodeContext context, out ScopedRoutes? scoped)
    {
        scoped = null;
        switch (hcm.RouteSpecifierCase)
        {
            case HcmProto.RouteSpecifierOneofCase.RouteConfig:
                var table = RouteDecoder.Decode(hcm.RouteConfig, $"{path}.route_config", context);
                return new RouteConfigurationSlot(hcm.RouteConfig.Name, table);
            case HcmProto.RouteSpecifierOneofCase.Rds:
                var source = SourceDecoder.Decode(hcm.Rds.ConfigSource, $"{path}.rds.config_source", context);
                SourceDecoder.RefuseLocator(hcm.Rds.RouteConfigName, $"{path}.rds.route_config_name", context);
                return context.Resources.Routes.GetOrAdd(source.Scope(hcm.Rds.RouteConfigName), source);
            case HcmProto.RouteSpecifierOneofCase.ScopedRoutes:
                scoped = ScopedRoutesDecoder.Decode(
                    hcm.ScopedRoutes, hcm.StatPrefix, $"{path}.scoped_routes", context);
                return scoped is null ? null : new RouteConfigurationSlot("");
            default:
                context.Error(path, "HCM", "a route specifier is required", "add route_config or rds");
                return null;
        }
    }

    private static Http1Options DecodeHttp1(Http1ProtocolOptions? options, string path, DecodeContext context) =>
        options is null ? new Http1Options() : new Http1Options
        {
            AllowCustomMethods = options.AllowCustomMethods,
            StreamErrorOnInvalidHttpMessage = options.OverrideStreamErrorOnInvalidHttpMessage,
            IgnoredUpgrades = [.. options.IgnoreHttp11Upgrade
                .Select(matcher => MatcherDecoder.DecodeString(matcher, $"{path}.ignore_http_11_upgrade", context))
                .OfType<Routing.StringMatcher>()],
            AllowAbsoluteUrl = options.AllowAbsoluteUrl ?? true,
            AcceptHttp10 = options.AcceptHttp10,
            DefaultHostForHttp10 = options.DefaultHostForHttp10,
            EnableTrailers = options.EnableTrailers,
            AllowChunkedLength = options.AllowChunkedLength,
            SendFullyQualifiedUrl = options.SendFullyQualifiedUrl,
            HeaderKeyFormat = KeyFormat(options.HeaderKeyFormat),
        };

    internal static string? KeyFormat(Http1ProtocolOptions.Types.HeaderKeyFormat? format) =>
        format?.HeaderFormatCase switch
        {
            Http1ProtocolOptions.Types.HeaderKeyFormat.HeaderFormatOneofCase.ProperCaseWords => "proper",
            Http1ProtocolOptions.Types.HeaderKeyFormat.HeaderFormatOneofCase.StatefulFormatter =>
                KeepsCase(format.StatefulFormatter.TypedConfig) ? "preserve" : "preserve-proper",
            _ => null,
        };

    private static bool KeepsCase(Google.Protobuf.WellKnownTypes.Any? config)
    {
        _ = TypedConfigs.Open(config, out var bytes, out var fields);
        return TypedConfigs.Read(PreserveCaseFormatterConfig.Parser, bytes, fields).FormatterTypeOnEnvoyHeaders
            != PreserveCaseFormatterConfig.Types.FormatterTypeOnEnvoyHeaders.ProperCase;
    }

    private static Http2Options DecodeHttp2(HcmProto hcm, HttpProtocolOptions common) =>
        Http2OptionsDecoder.Decode(hcm.Http2ProtocolOptions, Http2Limits.Default with
        {
            HeaderBytesMax = (int)(hcm.MaxRequestHeadersKb ?? 60) * 1024,
            HeaderCountMax = (int)(common.MaxHeadersCount ?? 100),
            StreamErrorOnInvalidMessage = hcm.StreamErrorOnInvalidHttpMessage ?? false,
            Underscores = common.HeadersWithUnderscoresAction switch
            {
                HttpProtocolOptions.Types.HeadersWithUnderscoresAction.RejectRequest => Http2Underscores.Reject,
                HttpProtocolOptions.Types.HeadersWithUnderscoresAction.DropHeader => Http2Underscores.Drop,
                _ => Http2Underscores.Allow,
            },
        });

    private static ImmutableArray<LocalReplyMapper> DecodeMappers(
        LocalReplyConfig? config, string path, DecodeContext context)
    {
        var result = ImmutableArray.CreateBuilder<LocalReplyMapper>();
        for (var i = 0; i < (config?.Mappers.Count ?? 0); i++)
        {
            var mapper = config!.Mappers[i];
            var at = $"{path}.local_reply_config.mappers[{i}]";
            if (AccessLogDecoder.DecodeFilter(mapper.Filter, $"{at}.filter", context) is not { } filter)
            {
                continue;
            }
            result.Add(new LocalReplyMapper
            {
                Filter = filter,
                StatusCode = (int)(mapper.StatusCode ?? 0),
                Body = mapper.Body is null ? null : DataSourceReader.Read(mapper.Body, $"{at}.body", context),
                Headers = HeaderDecoder.Decode(mapper.HeadersToAdd, [], at, "headers", context),
                Format = DecodeOptional(mapper.BodyFormatOverride, $"{at}.body_format_override", context),
            });
        }
        return result.ToImmutable();
    }

    private static LocalReplyFormat? DecodeOptional(
        SubstitutionFormatString? format, string path, DecodeContext context) =>
        format is null ? null : DecodeReplyFormat(format, path, context);

    internal static LocalReplyFormat? DecodeReplyFormat(
        SubstitutionFormatString format, string path, DecodeContext context)
    {
        var contentType = format.ContentType.Length > 0
            ? format.ContentType
            : format.FormatCase == SubstitutionFormatString.FormatOneofCase.JsonFormat ? "application/json"
                : "text/plain";
        return AccessLogDecoder.DecodeFormat(format, path, context) is { } decoded
            ? new LocalReplyFormat(decoded, contentType)
            : null;
    }
}
