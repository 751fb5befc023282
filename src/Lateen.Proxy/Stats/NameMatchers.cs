using Lateen.Proxy.Regex;
using StringMatcher = Lateen.Proxy.Routing.StringMatcher;
using StringMatcherProto = Envoy.Type.Matcher.V3.StringMatcher;

namespace Lateen.Proxy.Stats;

/// <summary>Rules over names of statistics.</summary>
internal static class NameMatchers
{
    /// <summary>Null when the rule is none or its expression is bad.</summary>
    public static StringMatcher? Build(StringMatcherProto? matcher) => matcher?.MatchPatternCase switch
    {
        StringMatcherProto.MatchPatternOneofCase.Exact => StringMatcher.Exact(matcher.Exact, matcher.IgnoreCase),
        StringMatcherProto.MatchPatternOneofCase.Prefix => StringMatcher.Prefix(matcher.Prefix, matcher.IgnoreCase),
        StringMatcherProto.MatchPatternOneofCase.Suffix => StringMatcher.Suffix(matcher.Suffix, matcher.IgnoreCase),
        StringMatcherProto.MatchPatternOneofCase.Contains =>
            StringMatcher.Contains(matcher.Contains, matcher.IgnoreCase),
        StringMatcherProto.MatchPatternOneofCase.SafeRegex =>
            CompiledRegex.TryCreate(matcher.SafeRegex.Regex, out var regex, out _) ? StringMatcher.Regex(regex!) : null,
        _ => null,
    };
}
