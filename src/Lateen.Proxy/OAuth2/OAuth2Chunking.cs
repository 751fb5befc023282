namespace Lateen.Proxy.OAuth2;

/// <summary>
/// Cookies of tokens that are too long for one: <c>NAME_0</c>, <c>NAME_1</c> and so on with parts of the value, and
/// <c>NAME_chunks</c> with their number. Source: <c>TokenCookieChunking</c>.
/// </summary>
/// <param name="CookieBytesMax">Bytes of a cookie with its name and attributes. Default: 4096; from 512.</param>
/// <param name="PartCountMax">Parts of one token; more are an error. Default: 8; from 2 to 16.</param>
internal sealed record OAuth2Chunking(int CookieBytesMax, int PartCountMax)
{
    /// <summary>Most parts that any configuration allows: those of cookies nobody understands are deleted.</summary>
    public const int PartCountLimit = 16;

    private const int PartCountMin = 2;

    /// <summary>The cookie with the number of parts.</summary>
    public static string CountName(OAuth2Cookie cookie) => cookie.Name + "_chunks";

    /// <summary>The cookie of one part.</summary>
    public static string PartName(OAuth2Cookie cookie, int index) => $"{cookie.Name}_{index}";

    /// <summary>The parts of a value; one: it fits as it is. Null: there would be too many.</summary>
    public string[]? TrySplit(OAuth2Cookie cookie, string value, string seconds, string domain)
    {
        if (cookie.Set(cookie.Name, value, seconds, domain).Length <= CookieBytesMax)
        {
            return [value];
        }

        // Room for the longest index is kept in each.
        var room = CookieBytesMax - cookie.Set(PartName(cookie, PartCountLimit - 1), "", seconds, domain).Length;
        if (room <= 0 || (value.Length + room - 1) / room > PartCountMax)
        {
            return null;
        }

        var parts = new List<string>();
        for (var i = 0; i < value.Length; i += room)
        {
            parts.Add(value[i..Math.Min(i + room, value.Length)]);
        }
        return [.. parts];
    }

    /// <summary>Puts a token's parts together under its name and removes them; what the request had. Parts of a
    /// configuration that allowed more are read, too.</summary>
    public static OAuth2Parts Join(OAuth2CookieJar cookies, OAuth2Cookie cookie)
    {
        var hasWhole = cookies.Contains(cookie.Name);
        if (!cookies.Contains(CountName(cookie)))
        {
            return new OAuth2Parts(hasWhole, 0, false);
        }

        var value = "";
        var isGood = int.TryParse(
            cookies.Get(CountName(cookie)), System.Globalization.NumberStyles.None,
            System.Globalization.CultureInfo.InvariantCulture, out var count)
            && count >= PartCountMin && count <= PartCountLimit;
        for (var i = 0; isGood && i < count; i++)
        {
            var part = cookies.Get(PartName(cookie, i));
            isGood = part.Length > 0;
            value += part;
        }

        count = isGood ? count : PartCountLimit;
        for (var i = 0; i < count; i++)
        {
            var name = PartName(cookie, i);
            cookies.RemoveAll(other => other == name);
        }
        cookies.RemoveAll(other => other == CountName(cookie));
        if (isGood)
        {
            cookies.Set(cookie.Name, value);
        }
        return new OAuth2Parts(hasWhole, count, isGood);
    }
}

/// <summary>How a request brought a token.</summary>
/// <param name="HasWhole">In a cookie of its own.</param>
/// <param name="Count">In so many parts; zero: in none.</param>
/// <param name="IsJoined">The parts made a value.</param>
internal readonly record struct OAuth2Parts(bool HasWhole, int Count, bool IsJoined);
