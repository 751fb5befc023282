using System.Text;
using Envoy.Config.Core.V3;
using Envoy.Extensions.Filters.Http.Compressor.V3;
using Lateen.Proxy.Compression;
using Lateen.Proxy.Filters;
using Common = Envoy.Extensions.Filters.Http.Compressor.V3.Compressor.Types.CommonDirectionConfig;
using DecompressorProto = Envoy.Extensions.Filters.Http.Decompressor.V3.Decompressor;

namespace Lateen.Proxy.Config.Decode.Filters;

/// <summary>The filters <c>compressor</c> and <c>decompressor</c>.</summary>
internal static class CompressionDecoder
{
    private static readonly string[] DefaultTypes =
    [
        "text/html", "text/plain", "text/css", "application/javascript", "application/x-javascript",
        "text/javascript", "text/x-javascript", "text/ecmascript", "text/js", "text/jscript", "text/x-js",
        "application/ecmascript", "application/x-json", "application/xml", "application/json", "image/svg+xml",
        "text/xml", "application/xhtml+xml", "application/grpc-web", "application/grpc-web+proto",
    ];

    public static HttpFilter? Compressor(FilterSource source)
    {
        var proto = source.Read(Envoy.Extensions.Filters.Http.Compressor.V3.Compressor.Parser);
        if (CompressionLibraries.Compressor(proto.CompressorLibrary, $"{source.Path}.compressor_library", source)
            is not { } library)
        {
            return null;
        }
        var scope = source.Scope!;
        var prefix = $"compressor.{library.Name}.{library.StatName}";
        var response = proto.ResponseDirectionConfig;
        var responsePrefix = response is null ? prefix : $"{prefix}response.";
        return new CompressorFilter(scope, prefix)
        {
            Name = source.Name,
            Disabled = source.Disabled,
            Library = library,
            RequestDirection = new CompressionDirection(scope, $"{prefix}request.")
            {
                IsEnabled = proto.RequestDirectionConfig is not null
                    && (proto.RequestDirectionConfig.CommonConfig?.Enabled?.DefaultValue ?? true),
                RuntimeKey = KeyOf(proto.RequestDirectionConfig?.CommonConfig?.Enabled),
                LengthMin = MinOf(proto.RequestDirectionConfig?.CommonConfig?.MinContentLength),
                ContentTypes = TypesOf(proto.RequestDirectionConfig?.CommonConfig),
                TypeMatchers = Matchers(proto.RequestDirectionConfig?.CommonConfig, source),
            },
            ResponseDirection = response is null
                ? new CompressionDirection(scope, responsePrefix)
                {
                    IsEnabled = proto.RuntimeEnabled?.DefaultValue ?? true,
                    RuntimeKey = KeyOf(proto.RuntimeEnabled),
                    LengthMin = MinOf(proto.ContentLength),
                    ContentTypes = TypesOf(proto.ContentType),
                }
                : Response(scope, responsePrefix, response.CommonConfig, source),
            DisableOnEtag = response?.DisableOnEtagHeader ?? proto.DisableOnEtagHeader,
            RemoveAcceptEncoding = response?.RemoveAcceptEncodingHeader ?? proto.RemoveAcceptEncodingHeader,
            UncompressibleCodes = [.. response?.UncompressibleResponseCodes.Select(code => (int)code) ?? []],
            WeakensEtag = response?.WeakenEtagOnCompress ?? false,
            StatusHeaderEnabled = response?.StatusHeaderEnabled ?? false,
            ChooseFirst = proto.ChooseFirst,
        };
    }

    public static object? CompressorRoute(FilterSource source)
    {
        var proto = source.Read(CompressorPerRoute.Parser);
        var overrides = proto.Overrides;
        return new CompressorRouteSettings(
            proto.OverrideCase == CompressorPerRoute.OverrideOneofCase.Disabled && proto.Disabled,
            overrides?.ResponseDirectionConfig?.RemoveAcceptEncodingHeader,
            overrides?.CompressorLibrary is { } library
                ? CompressionLibraries.Compressor(library, $"{source.Path}.overrides.compressor_library", source)
                : null);
    }

    public static HttpFilter? Decompressor(FilterSource source)
    {
        var proto = source.Read(DecompressorProto.Parser);
        if (CompressionLibraries.Decompressor(
            proto.DecompressorLibrary, $"{source.Path}.decompressor_library", source) is not { } library)
        {
            return null;
        }
        var scope = source.Scope!;
        var prefix = $"decompressor.{library.Name}.{library.StatName}";
        var (request, response) =
            (proto.RequestDirectionConfig?.CommonConfig, proto.ResponseDirectionConfig?.CommonConfig);
        return new DecompressorFilter(scope)
        {
            Name = source.Name,
            Disabled = source.Disabled,
            Library = library,
            Advertise = proto.RequestDirectionConfig?.AdvertiseAcceptEncoding ?? true,
            DataErrorStat = scope.GetOrAdd($"{prefix}decompressor_library.{ErrorStat(library.StatName)}"),
            RequestDirection = new DecompressionDirection(scope, $"{prefix}request.")
            {
                IsEnabled = request?.Enabled?.DefaultValue ?? true,
                RuntimeKey = KeyOf(request?.Enabled),
                IgnoreNoTransform = request?.IgnoreNoTransformHeader ?? false,
            },
            ResponseDirection = new DecompressionDirection(scope, $"{prefix}response.")
            {
                IsEnabled = response?.Enabled?.DefaultValue ?? true,
                RuntimeKey = KeyOf(response?.Enabled),
                IgnoreNoTransform = response?.IgnoreNoTransformHeader ?? false,
            },
        };
    }

    /// <summary>What the library counts of data that it cannot read.</summary>
    private static string ErrorStat(string library) => library switch
    {
        "brotli." => "brotli_error",
        "zstd." => "zstd_generic_error",
        _ => "zlib_data_error",
    };

    private static CompressionDirection Response(Stats.StatsScope scope, string prefix, Common? common,
        FilterSource source) =>
        new(scope, prefix)
        {
            IsEnabled = common?.Enabled?.DefaultValue ?? true,
            RuntimeKey = KeyOf(common?.Enabled),
            LengthMin = MinOf(common?.MinContentLength),
            ContentTypes = TypesOf(common),
            TypeMatchers = Matchers(common, source),
        };

    private static Routing.StringMatcher[] Matchers(Common? common, FilterSource source) =>
        [.. (common?.ContentTypeMatcher ?? []).Select((matcher, i) =>
            MatcherDecoder.DecodeString(matcher, $"{source.Path}.content_type_matcher[{i}]", source.Context)!)
            .Where(matcher => matcher is not null)];

    private static byte[][] TypesOf(Common? common) =>
        common is { ContentTypeMatcher.Count: > 0, ContentType.Count: 0 } ? [] : TypesOf(common?.ContentType);

    private static string? KeyOf(RuntimeFeatureFlag? flag) =>
        flag is { RuntimeKey.Length: > 0 } ? flag.RuntimeKey : null;

    private static long MinOf(uint? length) => length is > 0 ? length.Value : 30;

    private static byte[][] TypesOf(IReadOnlyCollection<string>? types) =>
        [.. (types is { Count: > 0 } ? types : DefaultTypes).Select(type => Encoding.ASCII.GetBytes(type))];
}
