using System.Text;

namespace Lateen.Proxy.Routing;

/// <summary>Parses a rewrite such as <c>/x/{a}/y</c> against the variables of a template.</summary>
internal static class UriTemplateRewrite
{
    public static bool TryParse(string rewrite, UriTemplate template, out (byte[]? Literal, int Variable)[] parts)
    {
        var result = new List<(byte[]?, int)>();
        parts = [];
        if (!rewrite.StartsWith('/') || rewrite.Length > UriTemplate.PatternLengthMax
            || rewrite.Contains("//", StringComparison.Ordinal))
        {
            return false;
        }
        for (var at = 0; at < rewrite.Length;)
        {
            if (rewrite[at] == '{')
            {
                var close = rewrite.IndexOf('}', at);
                var index = close < 0 ? -1 : Array.IndexOf(template.Variables, rewrite[(at + 1)..close]);
                if (index < 0)
                {
                    return false;
                }
                result.Add((null, index));
                at = close + 1;
                continue;
            }
            var open = rewrite.IndexOf('{', at);
            var literal = open < 0 ? rewrite[at..] : rewrite[at..open];
            var plain = literal.Replace("/", "", StringComparison.Ordinal);
            if (plain.Length > 0 && !UriTemplate.IsLiteral(plain))
            {
                return false;
            }
            result.Add((Encoding.UTF8.GetBytes(literal), -1));
            at += literal.Length;
        }
        parts = [.. result];
        return true;
    }
}
