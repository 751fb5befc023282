using System.Text;

namespace Lateen.Proxy.Routing;

/// <summary>
/// Parameters of a query for changing them: by name in the order of bytes, values of a name in the order in which they
/// came. That is how Envoy writes a query that it has changed.
/// </summary>
internal sealed class QueryParameters
{
    private readonly SortedDictionary<string, List<string>> _values = new(StringComparer.Ordinal);

    /// <summary>All values by name.</summary>
    public IReadOnlyDictionary<string, List<string>> Values => _values;

    /// <summary>Reads the query of a path.</summary>
    /// <param name="path">Path with query.</param>
    /// <param name="decode">Names and values are decoded as Envoy decodes parameters.</param>
    public static QueryParameters Parse(string path, bool decode)
    {
        var result = new QueryParameters();
        var question = path.IndexOf('?', StringComparison.Ordinal);
        var at = question < 0 ? path.Length : question + 1;
        while (at < path.Length)
        {
            var end = path.IndexOf('&', at);
            var pair = end < 0 ? path[at..] : path[at..end];
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? pair : pair[..equals];
            var value = equals < 0 ? "" : pair[(equals + 1)..];
            result.Add(decode ? Decode(name) : name, decode ? Decode(value) : value);
            at = end < 0 ? path.Length : end + 1;
        }
        return result;
    }

    /// <summary>One more value.</summary>
    public void Add(string name, string value)
    {
        if (!_values.TryGetValue(name, out var values))
        {
            _values.Add(name, values = []);
        }
        values.Add(value);
    }

    /// <summary>Takes all values of a name away.</summary>
    public void Remove(string name) => _values.Remove(name);

    /// <summary>A path with these parameters instead of its own.</summary>
    public string Replace(string path)
    {
        var question = path.IndexOf('?', StringComparison.Ordinal);
        var whole = question < 0 ? path : path[..question];
        return _values.Count == 0
            ? whole
            : $"{whole}?{string.Join('&', _values.SelectMany(pair => pair.Value.Select(v => $"{pair.Key}={v}")))}";
    }

    /// <summary>
    /// Decodes what is printable ASCII and safe within a URL; quotes, brackets, braces, <c>\ ^ ` |</c>, blanks and
    /// percent signs stay encoded, and so do escapes that are none.
    /// </summary>
    public static string Decode(string text)
    {
        if (!text.Contains('%', StringComparison.Ordinal))
        {
            return text;
        }
        var decoded = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '%' && i + 2 < text.Length && char.IsAsciiHexDigit(text[i + 1])
                && char.IsAsciiHexDigit(text[i + 2]))
            {
                var b = (char)Convert.ToByte(text.Substring(i + 1, 2), 16);
                if (b is > ' ' and < '\u007f' && !"\"<>\\^`{}|%".Contains(b, StringComparison.Ordinal))
                {
                    decoded.Append(b);
                    i += 2;
                    continue;
                }
            }
            decoded.Append(text[i]);
        }
        return decoded.ToString();
    }
}
