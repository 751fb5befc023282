using System.Text;
using Envoy.Type.Matcher.V3;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Lateen.Http;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Streams;
using HeaderMatcherProto = Envoy.Config.Route.V3.HeaderMatcher;
using MetadataMatcherProto = Envoy.Type.Matcher.V3.MetadataMatcher;
using QueryProto = Envoy.Config.Route.V3.QueryParameterMatcher;
using StringMatcher = Lateen.Proxy.Routing.StringMatcher;
using StringMatcherProto = Envoy.Type.Matcher.V3.StringMatcher;
using ValueMatcher = Lateen.Proxy.Routing.ValueMatcher;
using ValueMatcherProto = Envoy.Type.Matcher.V3.ValueMatcher;

namespace Lateen.Proxy.Config.Decode;

/// <summary>Rules over text, headers, query parameters and metadata.</summary>
internal static class MatcherDecoder
{
    public static StringMatcher? DecodeString(StringMatcherProto matcher, string path, DecodeContext context)
    {
        switch (matcher.MatchPatternCase)
        {
            case StringMatcherProto.MatchPatternOneofCase.Exact:
                return StringMatcher.Exact(matcher.Exact, matcher.IgnoreCase);
            case StringMatcherProto.MatchPatternOneofCase.Prefix:
                return StringMatcher.Prefix(matcher.Prefix, matcher.IgnoreCase);
            case StringMatcherProto.MatchPatternOneofCase.Suffix:
                return StringMatcher.Suffix(matcher.Suffix, matcher.IgnoreCase);
            case StringMatcherProto.MatchPatternOneofCase.Contains:
                return StringMatcher.Contains(matcher.Contains, matcher.IgnoreCase);
            case StringMatcherProto.MatchPatternOneofCase.SafeRegex:
                return DecodeRegex(matcher.SafeRegex, $"{path}.safe_regex", context);
            default:
                context.Error(path, "MATCHER", "match_pattern is required");
                return null;
        }
    }

    public static StringMatcher? DecodeRegex(RegexMatcher? matcher, string path, DecodeContext context)
    {
        if (string.IsNullOrEmpty(matcher?.Regex))
        {
            context.Error($"{path}.regex", "REGEX", "regex is required");
            return null;
        }
        return context.Regex(matcher.Regex, $"{path}.regex") is { } regex ? StringMatcher.Regex(regex) : null;
    }

    public static RegexRewrite? DecodeRewrite(RegexMatchAndSubstitute? rewrite, string path, DecodeContext context)
    {
        if (rewrite is null)
        {
            return null;
        }
        var regex = context.Regex(rewrite.Pattern?.Regex ?? "", $"{path}.pattern.regex");
        return regex is null ? null : new RegexRewrite(regex, Encoding.UTF8.GetBytes(rewrite.Substitution));
    }

    public static HeaderMatcher[] DecodeHeaders(
        IEnumerable<HeaderMatcherProto> matchers, string path, DecodeContext context)
    {
        var index = 0;
        var result = new List<HeaderMatcher>();
        foreach (var matcher in matchers)
        {
            if (DecodeHeader(matcher, $"{path}[{index++}]", context) is { } decoded)
            {
                result.Add(decoded);
            }
        }
        return [.. result];
    }

    public static HeaderMatcher? DecodeHeader(
        HeaderMatcherProto matcher, string path, DecodeContext context)
    {
        if (matcher.Name.Length == 0)
        {
            context.Error($"{path}.name", "MATCHER", "a header name is required");
            return null;
        }
        var errors = context.Errors.Count;
        var value = matcher.HeaderMatchSpecifierCase switch
        {
            HeaderMatcherProto.HeaderMatchSpecifierOneofCase.ExactMatch => StringMatcher.Exact(matcher.ExactMatch),
            HeaderMatcherProto.HeaderMatchSpecifierOneofCase.PrefixMatch => StringMatcher.Prefix(matcher.PrefixMatch),
            HeaderMatcherProto.HeaderMatchSpecifierOneofCase.SuffixMatch => StringMatcher.Suffix(matcher.SuffixMatch),
            HeaderMatcherProto.HeaderMatchSpecifierOneofCase.ContainsMatch =>
                StringMatcher.Contains(matcher.ContainsMatch),
            HeaderMatcherProto.HeaderMatchSpecifierOneofCase.SafeRegexMatch =>
                DecodeRegex(matcher.SafeRegexMatch, $"{path}.safe_regex_match", context),
            HeaderMatcherProto.HeaderMatchSpecifierOneofCase.StringMatch =>
                DecodeString(matcher.StringMatch, $"{path}.string_match", context),
            _ => null,
        };
        if (context.Errors.Count > errors)
        {
            return null;
        }
        return new HeaderMatcher
        {
            Name = HeaderName.Create(matcher.Name),
            Value = value,
            Range = matcher.HeaderMatchSpecifierCase == HeaderMatcherProto.HeaderMatchSpecifierOneofCase.RangeMatch
                ? (matcher.RangeMatch.Start, matcher.RangeMatch.End)
                : null,
            Present = matcher.HeaderMatchSpecifierCase != HeaderMatcherProto.HeaderMatchSpecifierOneofCase.PresentMatch
                || matcher.PresentMatch,
            Invert = matcher.InvertMatch,
            TreatMissingAsEmpty = matcher.TreatMissingHeaderAsEmpty,
        };
    }

    public static QueryParameterMatcher? DecodeQuery(QueryProto matcher, string path, DecodeContext context)
    {
        if (matcher.Name.Length == 0)
        {
            context.Error($"{path}.name", "MATCHER", "a parameter name is required");
            return null;
        }
        var hasValue = matcher.QueryParameterMatchSpecifierCase
            == QueryProto.QueryParameterMatchSpecifierOneofCase.StringMatch;
        return new QueryParameterMatcher
        {
            Name = Encoding.UTF8.GetBytes(matcher.Name),
            Value = hasValue ? DecodeString(matcher.StringMatch, $"{path}.string_match", context) : null,
            Present = matcher.QueryParameterMatchSpecifierCase
                != QueryProto.QueryParameterMatchSpecifierOneofCase.PresentMatch || matcher.PresentMatch,
        };
    }

    public static Routing.MetadataMatcher? DecodeMetadata(
        MetadataMatcherProto matcher, string path, DecodeContext context)
    {
        if (matcher.Value is null || matcher.Filter.Length == 0 || matcher.Path.Count == 0)
        {
            context.Error(path, "MATCHER", "filter, path and value are required");
            return null;
        }
        return DecodeValue(matcher.Value, $"{path}.value", context) is { } value
            ? new Routing.MetadataMatcher
            {
                Filter = matcher.Filter,
                Path = [.. matcher.Path.Select(segment => segment.Key)],
                Value = value,
                Invert = matcher.Invert,
            }
            : null;
    }

    public static ValueMatcher? DecodeValue(ValueMatcherProto matcher, string path, DecodeContext context)
    {
        switch (matcher.MatchPatternCase)
        {
            case ValueMatcherProto.MatchPatternOneofCase.NullMatch:
                return new ValueMatcher { IsNull = true };
            case ValueMatcherProto.MatchPatternOneofCase.StringMatch:
                return new ValueMatcher { Text = DecodeString(matcher.StringMatch, $"{path}.string_match", context) };
            case ValueMatcherProto.MatchPatternOneofCase.BoolMatch:
                return new ValueMatcher { Bool = matcher.BoolMatch };
            case ValueMatcherProto.MatchPatternOneofCase.PresentMatch:
                return new ValueMatcher { Present = matcher.PresentMatch };
            case ValueMatcherProto.MatchPatternOneofCase.DoubleMatch:
                return matcher.DoubleMatch.Range is { } range
                    ? new ValueMatcher { NumberRange = (range.Start, range.End) }
                    : new ValueMatcher { Number = matcher.DoubleMatch.Exact };
            case ValueMatcherProto.MatchPatternOneofCase.ListMatch when matcher.ListMatch.OneOf is { } oneOf:
                return new ValueMatcher { ListOneOf = DecodeValue(oneOf, $"{path}.list_match.one_of", context) };
            case ValueMatcherProto.MatchPatternOneofCase.OrMatch:
                return new ValueMatcher
                {
                    Or = [.. matcher.OrMatch.ValueMatchers
                        .Select((entry, i) => DecodeValue(entry, $"{path}.or_match.value_matchers[{i}]", context)!)
                        .Where(entry => entry is not null)],
                };
            default:
                context.Error(path, "MATCHER", "match_pattern is required");
                return null;
        }
    }

    public static FractionalPercent DecodeFraction(Envoy.Config.Core.V3.RuntimeFractionalPercent fraction)
    {
        var value = fraction.DefaultValue;
        return new FractionalPercent(
            value?.Numerator ?? 0, DenominatorOf(value), fraction.RuntimeKey.Length > 0 ? fraction.RuntimeKey : null);
    }

    public static FractionalPercent DecodePercent(Envoy.Type.V3.FractionalPercent? percent, uint missing = 0) =>
        percent is null ? new FractionalPercent(missing, 100)
            : new FractionalPercent(percent.Numerator, DenominatorOf(percent));

    /// <summary>Metadata by namespace; null when there is none.</summary>
    public static IReadOnlyDictionary<string, Struct>? DecodeMetadataMap(
        Envoy.Config.Core.V3.Metadata? metadata, DecodeContext context) =>
        metadata is null || metadata.FilterMetadata.Count + metadata.TypedFilterMetadata.Count == 0 ? null
            : new LazyMetadata(context.Resources.MetadataPacker.Pack(metadata.ToByteString()));

    private static uint DenominatorOf(Envoy.Type.V3.FractionalPercent? percent) => percent?.Denominator switch
    {
        Envoy.Type.V3.FractionalPercent.Types.DenominatorType.TenThousand => 10_000,
        Envoy.Type.V3.FractionalPercent.Types.DenominatorType.Million => 1_000_000,
        _ => 100,
    };
}
