using System.Text;

namespace Lateen.Proxy.OAuth2;

/// <summary>Parameters of a query as they stand, in the order of their names; nothing is decoded.</summary>
internal sealed class OAuth2Query
{
    private readonly SortedDictionary<string, List<string>> _values = new(StringComparer.Ordinal);

    /// <summary>Reads what follows the first question mark.</summary>
    public static OAuth2Query Parse(string url)
    {
        var query = new OAuth2Query();
        var question = url.IndexOf('?');
        if (question < 0 || question == url.Length - 1)
        {
            return query;
        }
        foreach (var pair in url[(question + 1)..].Split('&'))
        {
            var equals = pair.IndexOf('=');
            query.Add(equals < 0 ? pair : pair[..equals], equals < 0 ? "" : pair[(equals + 1)..]);
        }
        return query;
    }

    public string? First(string name) => _values.TryGetValue(name, out var values) ? values[0] : null;

    public void Set(string name, string value) => _values[name] = [value];

    public OAuth2Query Copy()
    {
        var copy = new OAuth2Query();
        foreach (var (name, values) in _values)
        {
            copy._values[name] = [.. values];
        }
        return copy;
    }

    /// <summary>With the question mark; empty when there are no parameters.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var (name, values) in _values)
        {
            foreach (var value in values)
            {
                text.Append(text.Length == 0 ? '?' : '&').Append(name).Append('=').Append(value);
            }
        }
        return text.ToString();
    }

    private void Add(string name, string value)
    {
        if (_values.TryGetValue(name, out var values))
        {
            values.Add(value);
        }
        else
        {
            _values[name] = [value];
        }
    }
}
