using System.Collections.Immutable;
using Envoy.Config.Accesslog.V3;
using Envoy.Config.Core.V3;
using Envoy.Extensions.AccessLoggers.File.V3;
using Envoy.Extensions.AccessLoggers.Filters.Cel.V3;
using Envoy.Extensions.AccessLoggers.Stream.V3;
using Lateen.Proxy.AccessLog;
using Lateen.Proxy.Streams;
using AccessLogFilter = Lateen.Proxy.AccessLog.AccessLogFilter;
using AccessLogProto = Envoy.Config.Accesslog.V3.AccessLog;
using AccessLogType = Lateen.Proxy.AccessLog.AccessLogType;
using FilterCase = Envoy.Config.Accesslog.V3.AccessLogFilter.FilterSpecifierOneofCase;
using FilterProto = Envoy.Config.Accesslog.V3.AccessLogFilter;

namespace Lateen.Proxy.Config.Decode;

/// <summary>Access logs, their formats and filters.</summary>
internal static class AccessLogDecoder
{
    public static ImmutableArray<AccessLogger> Decode(
        IReadOnlyList<AccessLogProto> logs, string path, DecodeContext context)
    {
        var result = ImmutableArray.CreateBuilder<AccessLogger>(logs.Count);
        for (var i = 0; i < logs.Count; i++)
        {
            if (DecodeLog(logs[i], $"{path}[{i}]", context) is { } logger)
            {
                result.Add(logger);
            }
        }
        return result.ToImmutable();
    }

    /// <summary>REQ_WITHOUT_QUERY is known only where its formatter stands beside the format.</summary>
    private static void CheckFormatters(
        SubstitutionFormatString format, string text, string path, DecodeContext context)
    {
        const string Name = "REQ_WITHOUT_QUERY";
        if (text.Contains($"%{Name}(", StringComparison.Ordinal) && !format.Formatters.Any(static formatter =>
            formatter.TypedConfig?.TypeUrl.EndsWith(".req_without_query.v3.ReqWithoutQuery", StringComparison.Ordinal)
                == true))
        {
            context.Error(path, "FORMAT", $"Not supported field in StreamInfo: {Name}");
        }
    }

    public static AccessLogFormat? DecodeFormat(SubstitutionFormatString format, string path, DecodeContext context)
    {
        string error;
        AccessLogFormat? result;
        switch (format.FormatCase)
        {
            case SubstitutionFormatString.FormatOneofCase.JsonFormat:
                AccessLogFormat.TryParseJson(format.JsonFormat, format.OmitEmptyValues, out result, out error);
                break;
            case SubstitutionFormatString.FormatOneofCase.TextFormatSource:
                var bytes = DataSourceReader.Read(format.TextFormatSource, $"{path}.text_format_source", context) ?? [];
                var text = System.Text.Encoding.UTF8.GetString(bytes);
                CheckFormatters(format, text, path, context);
                AccessLogFormat.TryParseText(text, format.OmitEmptyValues, out result, out error);
                break;
            default:
                AccessLogFormat.TryParseText(format.TextFormat, format.OmitEmptyValues, out result, out error);
                break;
        }
        if (result is null)
        {
            context.Error(path, "FORMAT", error);
        }
        return result;
    }

    public static AccessLogFilter? DecodeFilter(FilterProto? filter, string path, DecodeContext context)
    {
        switch (filter?.FilterSpecifierCase)
        {
            case null:
                return null;
            case FilterCase.StatusCodeFilter:
                var status = filter.StatusCodeFilter.Comparison;
                return new AccessLogFilter.StatusCode(OperatorOf(status), ValueOf(status), KeyOf(status));
            case FilterCase.DurationFilter:
                var duration = filter.DurationFilter.Comparison;
                return new AccessLogFilter.Duration(OperatorOf(duration), ValueOf(duration), KeyOf(duration));
            case FilterCase.NotHealthCheckFilter:
                return new AccessLogFilter.NotHealthCheck();
            case FilterCase.RuntimeFilter:
                return new AccessLogFilter.RuntimeFraction(
                    MatcherDecoder.DecodePercent(filter.RuntimeFilter.PercentSampled) with
                    {
                        RuntimeKey = filter.RuntimeFilter.RuntimeKey,
                    },
                    filter.RuntimeFilter.UseIndependentRandomness);
            case FilterCase.AndFilter:
                return new AccessLogFilter.All(DecodeAll(filter.AndFilter.Filters, $"{path}.and_filter", context));
            case FilterCase.OrFilter:
                return new AccessLogFilter.Any(DecodeAll(filter.OrFilter.Filters, $"{path}.or_filter", context));
            case FilterCase.HeaderFilter:
                return MatcherDecoder.DecodeHeader(filter.HeaderFilter.Header, $"{path}.header_filter.header", context)
                    is { } header ? new AccessLogFilter.Header(header) : null;
            case FilterCase.ResponseFlagFilter:
                return DecodeFlags(filter.ResponseFlagFilter, $"{path}.response_flag_filter", context);
            case FilterCase.GrpcStatusFilter:
                return new AccessLogFilter.GrpcStatus(
                    [.. filter.GrpcStatusFilter.Statuses.Select(status => (int)status)],
                        filter.GrpcStatusFilter.Exclude);
            case FilterCase.MetadataFilter:
                var ifMissing = filter.MetadataFilter.MatchIfKeyNotFound ?? true;
                if (filter.MetadataFilter.Matcher is null)
                {
                    return ifMissing ? new AccessLogFilter.All([]) : new AccessLogFilter.Any([]);
                }
                return MatcherDecoder.DecodeMetadata(
                    filter.MetadataFilter.Matcher, $"{path}.metadata_filter.matcher", context)
                    is { } matcher
                    ? new AccessLogFilter.Metadata(matcher, ifMissing)
                    : null;
            case FilterCase.LogTypeFilter:
                return new AccessLogFilter.LogType(
                    [.. filter.LogTypeFilter.Types_.Select(type => (AccessLogType)(int)type)],
                        filter.LogTypeFilter.Exclude);
            case FilterCase.TraceableFilter:
                return new AccessLogFilter.Traceable();
            case FilterCase.ExtensionFilter:
                return DecodeExtension(filter.ExtensionFilter, $"{path}.extension_filter", context);
            default:
                context.Error(
                    path, "ACCESS_LOG_FILTER", $"access log filter {filter!.FilterSpecifierCase} is not supported");
                return null;
        }
    }

    private static AccessLogFilter.Expression? DecodeExtension(
        ExtensionFilter extension, string path, DecodeContext context)
    {
        const string Type = "envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter";
        if (TypedConfigs.Open(extension.TypedConfig, out var bytes, out var fields) != Type)
        {
            TypedConfigs.ReportUnknown(extension.Name, extension.TypedConfig, path, context);
            return null;
        }
        var text = TypedConfigs.Read(ExpressionFilter.Parser, bytes, fields).Expression;
        if (Cel.CelProgram.TryParse(text, out var program, out var error))
        {
            return new AccessLogFilter.Expression(program!);
        }
        context.Error(path, "CEL", $"Not able to parse filter expression: {error}");
        return null;
    }

    private static AccessLogger? DecodeLog(AccessLogProto log, string path, DecodeContext context)
    {
        var filter = DecodeFilter(log.Filter, $"{path}.filter", context);
        var type = TypedConfigs.Open(log.TypedConfig, out var bytes, out var fields);
        AccessLogFormat? format;
        string file;
        switch (type)
        {
            case "envoy.extensions.access_loggers.file.v3.FileAccessLog":
                var config = TypedConfigs.Read(FileAccessLog.Parser, bytes, fields);
                file = config.Path;
                format = FileFormat(config, $"{path}.typed_config", context);
                break;
            case "envoy.extensions.access_loggers.stream.v3.StdoutAccessLog":
                var stdout = TypedConfigs.Read(StdoutAccessLog.Parser, bytes, fields);
                (file, format) = ("/dev/stdout", Format(stdout.LogFormat, $"{path}.typed_config.log_format", context));
                break;
            case "envoy.extensions.access_loggers.stream.v3.StderrAccessLog":
                var stderr = TypedConfigs.Read(StderrAccessLog.Parser, bytes, fields);
                (file, format) = ("/dev/stderr", Format(stderr.LogFormat, $"{path}.typed_config.log_format", context));
                break;
            case "envoy.extensions.access_loggers.stats.v3.Config":
                return StatsLogDecoder.Decode(
                    TypedConfigs.Read(Envoy.Extensions.AccessLoggers.Stats.V3.Config.Parser, bytes, fields), filter,
                    $"{path}.typed_config", context);
            case GrpcLogDecoder.HttpType or GrpcLogDecoder.TcpType:
                return GrpcLogDecoder.Decode(type, bytes, fields, filter, $"{path}.typed_config", context);
            case FluentdLogDecoder.Type:
                return FluentdLogDecoder.Decode(bytes, fields, filter, $"{path}.typed_config", context);
            case OtlpLogDecoder.Type:
                return OtlpLogDecoder.Decode(bytes, fields, filter, $"{path}.typed_config", context);
            default:
                TypedConfigs.ReportUnknown(log.Name, log.TypedConfig, $"{path}.typed_config", context);
                return null;
        }
        if (file.Length == 0)
        {
            context.Error($"{path}.typed_config.path", "ACCESS_LOG", "a path is required");
        }
        return format is not null && file.Length > 0 && context.LogFile(file, $"{path}.typed_config.path") is { } opened
            ? new FileAccessLogger(opened, format, filter)
            : null;
    }

    private static AccessLogFormat? FileFormat(FileAccessLog config, string path, DecodeContext context)
    {
        AccessLogFormat? format;
        string error;
        switch (config.AccessLogFormatCase)
        {
            case FileAccessLog.AccessLogFormatOneofCase.LogFormat:
                return Format(config.LogFormat, $"{path}.log_format", context);
            case FileAccessLog.AccessLogFormatOneofCase.JsonFormat:
                AccessLogFormat.TryParseJson(config.JsonFormat, false, out format, out error);
                break;
            case FileAccessLog.AccessLogFormatOneofCase.TypedJsonFormat:
                AccessLogFormat.TryParseJson(config.TypedJsonFormat, false, out format, out error);
                break;
            default:
                var text = config.Format.Length > 0 ? config.Format : AccessLogFormat.DefaultText;
                AccessLogFormat.TryParseText(text, false, out format, out error);
                break;
        }
        if (format is null)
        {
            context.Error(path, "FORMAT", error);
        }
        return format;
    }

    private static AccessLogFormat? Format(SubstitutionFormatString? format, string path, DecodeContext context)
    {
        if (format is not null)
        {
            return DecodeFormat(format, path, context);
        }
        AccessLogFormat.TryParseText(AccessLogFormat.DefaultText, false, out var standard, out _);
        return standard;
    }

    private static ImmutableArray<AccessLogFilter> DecodeAll(
        IEnumerable<FilterProto> filters, string path, DecodeContext context) =>
        [.. filters.Select((filter, i) => DecodeFilter(filter, $"{path}.filters[{i}]", context)!)
            .Where(f => f is not null)];

    private static AccessLogFilter.ResponseFlag DecodeFlags(
        ResponseFlagFilter filter, string path, DecodeContext context)
    {
        var flags = ResponseFlags.None;
        for (var i = 0; i < filter.Flags.Count; i++)
        {
            if (!ResponseFlagNames.TryParse(filter.Flags[i], out var flag))
            {
                context.Error($"{path}.flags[{i}]", "ACCESS_LOG_FILTER", $"unknown response flag: {filter.Flags[i]}");
            }
            flags |= flag;
        }
        return new AccessLogFilter.ResponseFlag(flags);
    }

    private static ComparisonOperator OperatorOf(ComparisonFilter? comparison) => comparison?.Op switch
    {
        ComparisonFilter.Types.Op.Ge => ComparisonOperator.GreaterOrEqual,
        ComparisonFilter.Types.Op.Le => ComparisonOperator.LessOrEqual,
        ComparisonFilter.Types.Op.Ne => ComparisonOperator.NotEqual,
        _ => ComparisonOperator.Equal,
    };

    private static long ValueOf(ComparisonFilter? comparison) => comparison?.Value?.DefaultValue ?? 0;

    private static string KeyOf(ComparisonFilter? comparison) => comparison?.Value?.RuntimeKey ?? "";
}
