using System.Collections.Immutable;
using System.Text;
using Lateen.Proxy.Addresses;
using Lateen.Proxy.Matching;
using Lateen.Proxy.Routing;
using ExtensionProto = Xds.Core.V3.TypedExtensionConfig;
using MatcherProto = Xds.Type.Matcher.V3.Matcher;
using PredicateProto = Xds.Type.Matcher.V3.Matcher.Types.MatcherList.Types.Predicate;
using TreeProto = Xds.Type.Matcher.V3.Matcher.Types.MatcherTree;
using XdsStringMatcher = Xds.Type.Matcher.V3.StringMatcher;

namespace Lateen.Proxy.Config.Decode;

/// <summary>Matcher trees, for any kind of action.</summary>
internal sealed class MatcherTreeDecoder<T>(
    Func<ExtensionProto, string, T?> decodeAction, DecodeContext context)
    where T : class
{
    private const string CelInputType = "xds.type.matcher.v3.HttpAttributesCelMatchInput";

    /// <summary>The inputs of this kind of matcher by type, in place of those that look at a request.</summary>
    public Func<string, MatchInput?>? OwnInput { get; init; }

    /// <summary>Null with an error noted when something in it is not known.</summary>
    public MatcherTree<T>? Decode(MatcherProto matcher, string path)
    {
        var errors = context.Errors.Count;
        var otherwise = matcher.OnNoMatch is null ? null : DecodeOutcome(matcher.OnNoMatch, $"{path}.on_no_match");
        var tree = matcher.MatcherTypeCase switch
        {
            MatcherProto.MatcherTypeOneofCase.MatcherList =>
                DecodeList(matcher.MatcherList, otherwise, $"{path}.matcher_list"),
            MatcherProto.MatcherTypeOneofCase.MatcherTree =>
                DecodeTree(matcher.MatcherTree, otherwise, $"{path}.matcher_tree"),
            _ => new MatcherTree<T>.List([]) { OnNoMatch = otherwise },
        };
        return context.Errors.Count > errors ? null : tree;
    }

    private MatcherTree<T>.List DecodeList(
        MatcherProto.Types.MatcherList list, MatcherOutcome<T>? otherwise, string path)
    {
        var entries = new List<(MatchPredicate, MatcherOutcome<T>)>();
        for (var i = 0; i < list.Matchers.Count; i++)
        {
            var at = $"{path}.matchers[{i}]";
            if (DecodePredicate(list.Matchers[i].Predicate, $"{at}.predicate") is { } predicate
                && DecodeOutcome(list.Matchers[i].OnMatch, $"{at}.on_match") is { } outcome)
            {
                entries.Add((predicate, outcome));
            }
        }
        return new MatcherTree<T>.List([.. entries]) { OnNoMatch = otherwise };
    }

    private MatchInput? Input(ExtensionProto? input, string path)
    {
        if (OwnInput is null)
        {
            return MatchInputDecoder.Decode(input?.Name ?? "", input?.TypedConfig, path, context);
        }
        if (OwnInput(TypedConfigs.Open(input?.TypedConfig, out _, out _)) is { } own)
        {
            return own;
        }
        TypedConfigs.ReportUnknown(input?.Name ?? "", input?.TypedConfig, path, context);
        return null;
    }

    private MatcherTree<T>? DecodeTree(TreeProto tree, MatcherOutcome<T>? otherwise, string path)
    {
        if (Input(tree.Input, $"{path}.input") is not { } input)
        {
            return null;
        }
        switch (tree.TreeTypeCase)
        {
            case TreeProto.TreeTypeOneofCase.ExactMatchMap:
                var exact = new Dictionary<byte[], MatcherOutcome<T>>(ByteKeyComparer.Instance);
                foreach (var (key, outcome) in DecodeMap(tree.ExactMatchMap, $"{path}.exact_match_map"))
                {
                    exact[key] = outcome;
                }
                return new MatcherTree<T>.Exact(input, exact) { OnNoMatch = otherwise };
            case TreeProto.TreeTypeOneofCase.PrefixMatchMap:
                var prefixes = DecodeMap(tree.PrefixMatchMap, $"{path}.prefix_match_map")
                    .OrderByDescending(entry => entry.Key.Length).ToArray();
                return new MatcherTree<T>.Prefix(input, prefixes) { OnNoMatch = otherwise };
            default:
                return DecodeCustom(tree.CustomMatch, input, otherwise, $"{path}.custom_match");
        }
    }

    private MatcherTree<T>? DecodeCustom(
        ExtensionProto? custom, MatchInput input, MatcherOutcome<T>? otherwise, string path)
    {
        switch (TypedConfigs.Open(custom?.TypedConfig, out var bytes, out var fields))
        {
            case "xds.type.matcher.v3.IPMatcher":
                return DecodeRanges(bytes, fields, input, otherwise, path);
            case "xds.type.matcher.v3.ServerNameMatcher":
                return DecodeNames(
                    TypedConfigs.Read(global::Xds.Type.Matcher.V3.ServerNameMatcher.Parser, bytes, fields), input,
                    otherwise, path);
            default:
                TypedConfigs.ReportUnknown(custom?.Name ?? "", custom?.TypedConfig, path, context);
                return null;
        }
    }

    private MatcherTree<T>.Names DecodeNames(
        global::Xds.Type.Matcher.V3.ServerNameMatcher matcher, MatchInput input, MatcherOutcome<T>? otherwise,
        string path)
    {
        var map = new Dictionary<byte[], MatcherOutcome<T>>(ByteKeyComparer.Instance);
        foreach (var entry in matcher.DomainMatchers)
        {
            if (DecodeOutcome(entry.OnMatch, $"{path}.domain_matchers.on_match") is not { } outcome)
            {
                continue;
            }
            foreach (var domain in entry.Domains)
            {
                var isWildcard = domain == "*" || domain.StartsWith("*.", StringComparison.Ordinal);
                if (!isWildcard && domain.Contains('*', StringComparison.Ordinal))
                {
                    context.Error(path, "MATCHER", $"only full domains and wildcards are supported: {domain}");
                }
                if (!map.TryAdd(Encoding.ASCII.GetBytes(domain.ToLowerInvariant()), outcome))
                {
                    context.Error(path, "MATCHER", $"Duplicate domain in ServerNameMatcher: {domain}");
                }
            }
        }
        return new MatcherTree<T>.Names(input, map) { OnNoMatch = otherwise };
    }

    private MatcherTree<T>.Ranges DecodeRanges(
        Google.Protobuf.ByteString bytes, Google.Protobuf.WellKnownTypes.Struct? fields, MatchInput input,
        MatcherOutcome<T>? otherwise, string path)
    {
        var matcher = TypedConfigs.Read(global::Xds.Type.Matcher.V3.IPMatcher.Parser, bytes, fields);
        var entries = new List<(CidrRange Range, MatcherOutcome<T> Outcome)>();
        foreach (var entry in matcher.RangeMatchers)
        {
            if (DecodeOutcome(entry.OnMatch, $"{path}.range_matchers.on_match") is not { } outcome)
            {
                continue;
            }
            foreach (var range in entry.Ranges)
            {
                if (IpAddress.TryParse(range.AddressPrefix, out var address))
                {
                    entries.Add((new CidrRange(address, (int)(range.PrefixLen ?? 0)), outcome));
                }
                else
                {
                    context.Error(path, "MATCHER", $"malformed IP address: {range.AddressPrefix}");
                }
            }
        }
        return new MatcherTree<T>.Ranges(input, [.. entries.OrderByDescending(entry => entry.Range.Length)])
        {
            OnNoMatch = otherwise,
        };
    }

    private IEnumerable<(byte[] Key, MatcherOutcome<T> Outcome)> DecodeMap(TreeProto.Types.MatchMap map, string path)
    {
        foreach (var (key, value) in map.Map)
        {
            if (DecodeOutcome(value, $"{path}[{key}]") is { } outcome)
            {
                yield return (Encoding.UTF8.GetBytes(key), outcome);
            }
        }
    }

    private MatcherOutcome<T>? DecodeOutcome(MatcherProto.Types.OnMatch? outcome, string path)
    {
        if (outcome?.OnMatchCase == MatcherProto.Types.OnMatch.OnMatchOneofCase.Matcher)
        {
            return Decode(outcome.Matcher, $"{path}.matcher") is { } nested
                ? new MatcherOutcome<T>(null, nested) : null;
        }
        if (outcome?.Action is null)
        {
            context.Error(path, "MATCHER", "an action or a matcher is required");
            return null;
        }
        return decodeAction(outcome.Action, $"{path}.action") is { } action
            ? new MatcherOutcome<T>(action, null)
            : null;
    }

    private MatchPredicate? DecodePredicate(PredicateProto? predicate, string path)
    {
        switch (predicate?.MatchTypeCase)
        {
            case PredicateProto.MatchTypeOneofCase.SinglePredicate:
                return DecodeSingle(predicate.SinglePredicate, $"{path}.single_predicate");
            case PredicateProto.MatchTypeOneofCase.AndMatcher:
                return new MatchPredicate.All(DecodeAll(predicate.AndMatcher, $"{path}.and_matcher"));
            case PredicateProto.MatchTypeOneofCase.OrMatcher:
                return new MatchPredicate.Any(DecodeAll(predicate.OrMatcher, $"{path}.or_matcher"));
            case PredicateProto.MatchTypeOneofCase.NotMatcher:
                return DecodePredicate(predicate.NotMatcher, $"{path}.not_matcher") is { } inner
                    ? new MatchPredicate.Not(inner)
                    : null;
            default:
                context.Error(path, "MATCHER", "a predicate is required");
                return null;
        }
    }

    private MatchPredicate? DecodeSingle(PredicateProto.Types.SinglePredicate single, string path)
    {
        if (TypedConfigs.Open(single.Input?.TypedConfig, out _, out _) == CelInputType)
        {
            return DecodeExpression(single.CustomMatch, $"{path}.custom_match");
        }
        if (Input(single.Input, $"{path}.input") is not { } input)
        {
            return null;
        }
        if (single.MatcherCase != PredicateProto.Types.SinglePredicate.MatcherOneofCase.CustomMatch)
        {
            return DecodeString(single.ValueMatch, $"{path}.value_match") is { } value
                ? new MatchPredicate.Single(input, value)
                : null;
        }
        const string Type = "envoy.extensions.matching.input_matchers.ip.v3.Ip";
        var custom = single.CustomMatch;
        if (TypedConfigs.Open(custom.TypedConfig, out var bytes, out var fields) != Type)
        {
            TypedConfigs.ReportUnknown(custom.Name, custom.TypedConfig, $"{path}.custom_match", context);
            return null;
        }
        var ip = TypedConfigs.Read(Envoy.Extensions.Matching.InputMatchers.Ip.V3.Ip.Parser, bytes, fields);
        var ranges = AddressDecoder.DecodeRanges(ip.CidrRanges, $"{path}.custom_match.cidr_ranges", context);
        return new MatchPredicate.Addresses(input, [.. ranges]);
    }

    /// <summary>An expression over the attributes of the request.</summary>
    private MatchPredicate.Expression? DecodeExpression(ExtensionProto? custom, string path)
    {
        const string Type = "xds.type.matcher.v3.CelMatcher";
        if (TypedConfigs.Open(custom?.TypedConfig, out var bytes, out var fields) != Type)
        {
            TypedConfigs.ReportUnknown(custom?.Name ?? "", custom?.TypedConfig, path, context);
            return null;
        }
        var match = TypedConfigs.Read(global::Xds.Type.Matcher.V3.CelMatcher.Parser, bytes, fields).ExprMatch;
        if (Cel.CelProgram.TryRead(
            match?.ParsedExpr?.Expr ?? match?.CheckedExpr?.Expr, out var program, out var error))
        {
            return new MatchPredicate.Expression(program!);
        }
        context.Error($"{path}.expr_match", "MATCHER", $"failed to create an expression: {error}");
        return null;
    }

    private ImmutableArray<MatchPredicate> DecodeAll(PredicateProto.Types.PredicateList list, string path) =>
        [.. list.Predicate.Select((entry, i) => DecodePredicate(entry, $"{path}.predicate[{i}]")!)
            .Where(entry => entry is not null)];

    private StringMatcher? DecodeString(XdsStringMatcher? matcher, string path)
    {
        switch (matcher?.MatchPatternCase)
        {
            case XdsStringMatcher.MatchPatternOneofCase.Exact:
                return StringMatcher.Exact(matcher.Exact, matcher.IgnoreCase);
            case XdsStringMatcher.MatchPatternOneofCase.Prefix:
                return StringMatcher.Prefix(matcher.Prefix, matcher.IgnoreCase);
            case XdsStringMatcher.MatchPatternOneofCase.Suffix:
                return StringMatcher.Suffix(matcher.Suffix, matcher.IgnoreCase);
            case XdsStringMatcher.MatchPatternOneofCase.Contains:
                return StringMatcher.Contains(matcher.Contains, matcher.IgnoreCase);
            case XdsStringMatcher.MatchPatternOneofCase.SafeRegex:
                return context.Regex(matcher.SafeRegex.Regex, $"{path}.safe_regex.regex") is { } regex
                    ? StringMatcher.Regex(regex)
                    : null;
            default:
                context.Error(path, "MATCHER", "match_pattern is required");
                return null;
        }
    }
}
