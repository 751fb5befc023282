namespace Lateen.Proxy.Transcoding;

/// <summary>A path of <c>google.api.http</c>: <c>/v1/{name=shelves/*}/books/{id}:verb</c>.</summary>
/// <param name="Segments">Texts, <c>*</c> and <c>**</c>.</param>
/// <param name="Variables">What segments are bound to fields.</param>
/// <param name="Verb">What follows the last colon; empty: none.</param>
internal sealed record PathTemplate(string[] Segments, PathVariable[] Variables, string Verb)
{
    /// <summary>Reads a template; null when it is none.</summary>
    public static PathTemplate? Parse(string text)
    {
        if (text.Length == 0 || text[0] != '/')
        {
            return null;
        }
        var verb = "";
        var colon = text.LastIndexOf(':');
        if (colon > text.LastIndexOf('/') && colon > text.LastIndexOf('}'))
        {
            (verb, text) = (text[(colon + 1)..], text[..colon]);
        }
        var (segments, variables) = (new List<string>(), new List<PathVariable>());
        var at = 1;
        while (at <= text.Length)
        {
            if (at < text.Length && text[at] == '{')
            {
                var close = text.IndexOf('}', at);
                if (close < 0 || !TryReadVariable(text[(at + 1)..close], segments, variables))
                {
                    return null;
                }
                at = close + 1;
                if (at < text.Length && text[at] != '/')
                {
                    return null;
                }
                at++;
                continue;
            }
            var slash = text.IndexOf('/', at);
            var segment = slash < 0 ? text[at..] : text[at..slash];
            if (!IsSegment(segment) && !(segment.Length == 0 && text.Length == 1))
            {
                return null;
            }
            if (segment.Length > 0)
            {
                segments.Add(segment);
            }
            at = slash < 0 ? text.Length + 1 : slash + 1;
        }
        var rest = segments.IndexOf("**");
        // Only texts may follow what stands for any number of parts.
        if (rest >= 0 && segments.Skip(rest + 1).Any(segment => segment is "*" or "**"))
        {
            return null;
        }
        return new PathTemplate([.. segments], [.. variables.Select(v => FromEnd(v, segments, verb))], verb);
    }

    private static bool TryReadVariable(string text, List<string> segments, List<PathVariable> variables)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        var (name, pattern) = equals < 0 ? (text, "*") : (text[..equals], text[(equals + 1)..]);
        var parts = pattern.Split('/');
        if (name.Length == 0 || !parts.All(IsSegment)
            || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.'))
        {
            return false;
        }
        variables.Add(new PathVariable(name, segments.Count, segments.Count + parts.Length));
        segments.AddRange(parts);
        return true;
    }

    /// <summary>A variable with <c>**</c> ends so many parts before the path's end.</summary>
    private static PathVariable FromEnd(PathVariable variable, List<string> segments, string verb)
    {
        var hasRest = segments.IndexOf("**") is >= 0 and var rest && rest >= variable.Start && rest < variable.End;
        return hasRest
            ? variable with { End = -(segments.Count - variable.End + (verb.Length > 0 ? 1 : 0)) - 1 }
            : variable;
    }

    private static bool IsSegment(string text) => text.Length > 0 && !text.AsSpan().ContainsAny("{}=");
}

/// <summary>Parts of a path that are a field's value.</summary>
/// <param name="Field">The field's path.</param>
/// <param name="Start">The first part.</param>
/// <param name="End">The part after the last; below zero: counted from the end, which is -1.</param>
internal readonly record struct PathVariable(string Field, int Start, int End);
