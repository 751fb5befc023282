using System.Text.RegularExpressions;
using Envoy.Type.Matcher.V3;

namespace Lateen.Pilot.Simulation;

/// <summary>Envoy's string matchers over text.</summary>
internal static class TextMatching
{
    /// <summary>True when the matcher takes the value.</summary>
    internal static bool Matches(StringMatcher matcher, string value)
    {
        var comparison = matcher.IgnoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        return matcher.MatchPatternCase switch
        {
            StringMatcher.MatchPatternOneofCase.Exact => string.Equals(value, matcher.Exact, comparison),
            StringMatcher.MatchPatternOneofCase.Prefix => value.StartsWith(matcher.Prefix, comparison),
            StringMatcher.MatchPatternOneofCase.Suffix => value.EndsWith(matcher.Suffix, comparison),
            StringMatcher.MatchPatternOneofCase.Contains => value.Contains(matcher.Contains, comparison),
            StringMatcher.MatchPatternOneofCase.SafeRegex => FullMatch(matcher.SafeRegex.Regex, value),
            _ => false,
        };
    }

    /// <summary>RE2 full match. An expression that does not compile matches nothing.</summary>
    internal static bool FullMatch(string pattern, string value)
    {
        try
        {
            return Regex.IsMatch(value, $"^(?:{pattern})$(?!\n)",
                RegexOptions.CultureInvariant | RegexOptions.Singleline, Limit);
        }
        catch (ArgumentException)
        {
            return false;
        }
        catch (RegexMatchTimeoutException)
        {
            return false;
        }
    }

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);
}
