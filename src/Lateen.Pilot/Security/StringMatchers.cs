using System.Text;
using Envoy.Type.Matcher.V3;

namespace Lateen.Pilot.Security;

/// <summary>Istio's value forms (exact, <c>prefix*</c>, <c>*suffix</c>, <c>*</c>) as Envoy matchers.</summary>
internal static class StringMatchers
{
    private const string AnyText = ".+";

    /// <summary>The string matcher of a value form; <c>*</c> asks for any text but the empty one.</summary>
    internal static StringMatcher Of(string value, bool ignoreCase = false)
    {
        return OfPrefixed("", value, ignoreCase);
    }

    /// <summary>As <see cref="Of"/>, with a literal that stands before what the value describes.</summary>
    internal static StringMatcher OfPrefixed(string literal, string value, bool ignoreCase = false)
    {
        var matcher = new StringMatcher { IgnoreCase = ignoreCase };
        if (value == "*")
        {
            return Regex(AnyText);
        }
        if (value.StartsWith('*'))
        {
            if (literal.Length > 0)
            {
                return Regex(literal + ".*" + Quote(value[1..]));
            }
            matcher.Suffix = value[1..];
        }
        else if (value.EndsWith('*'))
        {
            matcher.Prefix = literal + value[..^1];
        }
        else
        {
            matcher.Exact = literal + value;
        }
        return matcher;
    }

    /// <summary>Any text but the empty one.</summary>
    internal static StringMatcher Any()
    {
        return Regex(AnyText);
    }

    /// <summary>An RE2 full match.</summary>
    internal static StringMatcher Regex(string pattern)
    {
        return new StringMatcher { SafeRegex = new RegexMatcher { Regex = pattern } };
    }

    /// <summary>The text as a regular expression that matches only itself (RE2 QuoteMeta for text).</summary>
    internal static string Quote(string text)
    {
        var quoted = new StringBuilder(text.Length + 8);
        foreach (var c in text)
        {
            if (@"\.+*?()|[]{}^$".Contains(c, StringComparison.Ordinal))
            {
                quoted.Append('\\');
            }
            quoted.Append(c);
        }
        return quoted.ToString();
    }
}
