using System.Globalization;
using System.Text;

namespace Lateen.Proxy.Http;

/// <summary>The value of Set-Cookie for the cookies that the proxy makes: of hash policies and of sessions.</summary>
internal static class SetCookie
{
    /// <summary>Attributes stand in Envoy's order.</summary>
    /// <param name="name">The cookie's name.</param>
    /// <param name="value">Its value, which is quoted.</param>
    /// <param name="ttlSeconds">How long it lasts; 0: as long as the client's session.</param>
    /// <param name="path">Its path; empty: none.</param>
    /// <param name="attributes">More of them; empty ones stand alone.</param>
    /// <param name="httpOnly">Whether scripts may not read it.</param>
    public static string Format(
        string name, string value, long ttlSeconds, string path,
        (string Name, string Value)[] attributes, bool httpOnly = true)
    {
        var text = new StringBuilder($"{name}=\"{value}\"");
        if (ttlSeconds > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"; Max-Age={ttlSeconds}");
        }
        if (path.Length > 0)
        {
            text.Append("; Path=").Append(path);
        }
        foreach (var (key, attribute) in attributes)
        {
            text.Append("; ").Append(key).Append(attribute.Length > 0 ? "=" : "").Append(attribute);
        }
        return text.Append(httpOnly ? "; HttpOnly" : "").ToString();
    }
}
