using System.Text;
using Lateen.Http;

namespace Lateen.Proxy.OAuth2;

/// <summary>The cookies of a request in their order; of several with one name the first counts.</summary>
internal sealed class OAuth2CookieJar
{
    private readonly List<KeyValuePair<string, string>> _cookies = [];

    public int Count => _cookies.Count;

    public IEnumerable<string> Names => _cookies.Select(cookie => cookie.Key);

    public static OAuth2CookieJar Read(HeaderMap request)
    {
        var jar = new OAuth2CookieJar();
        for (var i = request.IndexOf(HeaderId.Cookie); i >= 0; i = request.IndexOf(HeaderId.Cookie, i + 1))
        {
            foreach (var part in Encoding.Latin1.GetString(request.GetValue(i)).Split(';'))
            {
                var pair = part.Trim(' ', '\t');
                var equals = pair.IndexOf('=');
                if (equals < 0 || jar.Contains(pair[..equals]))
                {
                    continue;
                }
                var value = pair[(equals + 1)..];
                if (value.Length >= 2 && value[0] == '"' && value[^1] == '"')
                {
                    value = value[1..^1];
                }
                jar._cookies.Add(new(pair[..equals], value));
            }
        }
        return jar;
    }

    public bool Contains(string name) => IndexOf(name) >= 0;

    /// <summary>Empty when there is no such cookie.</summary>
    public string Get(string name) => IndexOf(name) is >= 0 and var index ? _cookies[index].Value : "";

    public void Set(string name, string value)
    {
        var index = IndexOf(name);
        if (index >= 0)
        {
            _cookies[index] = new(name, value);
        }
        else
        {
            _cookies.Add(new(name, value));
        }
    }

    public void RemoveAll(Predicate<string> match) => _cookies.RemoveAll(cookie => match(cookie.Key));

    /// <summary>One header takes the place of all.</summary>
    public void Write(HeaderMap request)
    {
        request.Remove(HeaderId.Cookie);
        request.Add(HeaderId.Cookie, Encoding.Latin1.GetBytes(
            string.Join("; ", _cookies.Select(cookie => $"{cookie.Key}={cookie.Value}"))));
    }

    private int IndexOf(string name) => _cookies.FindIndex(cookie => cookie.Key == name);
}
