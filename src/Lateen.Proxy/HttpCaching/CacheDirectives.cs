using System.Globalization;

namespace Lateen.Proxy.HttpCaching;

/// <summary>What a <c>cache-control</c> header asks for (RFC 9111, section 5.2). Durations in seconds; null:
/// not said.</summary>
/// <param name="MustValidate">The origin must be asked.</param>
/// <param name="NoStore">Nothing may be kept.</param>
/// <param name="NoStale">Nothing stale may be served.</param>
/// <param name="MaxAge">Until when an answer is fresh, or what age the client takes.</param>
/// <param name="MinFresh">How long the answer must stay fresh.</param>
/// <param name="MaxStale">How much too old it may be.</param>
internal readonly record struct CacheDirectives(
    bool MustValidate, bool NoStore, bool NoStale, long? MaxAge, long? MinFresh, long? MaxStale)
{
    /// <summary>Reads the header of a request; without one, <c>pragma: no-cache</c> asks for validation.</summary>
    public static CacheDirectives OfRequest(string cacheControl, string pragma)
    {
        var text = cacheControl.Length > 0 ? cacheControl : pragma;
        var result = default(CacheDirectives);
        foreach (var (name, argument) in Split(text))
        {
            result = name switch
            {
                "no-cache" => result with { MustValidate = true },
                "no-store" => result with { NoStore = true },
                "max-age" => result with { MaxAge = Seconds(argument) },
                "min-fresh" => result with { MinFresh = Seconds(argument) },
                "max-stale" => result with { MaxStale = argument.Length == 0 ? long.MaxValue : Seconds(argument) },
                _ => result,
            };
        }
        return cacheControl.Length > 0 ? result : new CacheDirectives { MustValidate = result.MustValidate };
    }

    /// <summary>Reads the header of a response.</summary>
    public static CacheDirectives OfResponse(string cacheControl)
    {
        var result = default(CacheDirectives);
        var isShared = false;
        foreach (var (name, argument) in Split(cacheControl))
        {
            switch (name)
            {
                case "no-cache":
                    result = result with { MustValidate = true };
                    break;
                case "must-revalidate" or "proxy-revalidate":
                    result = result with { NoStale = true };
                    break;
                case "no-store" or "private":
                    result = result with { NoStore = true };
                    break;
                case "s-maxage":
                    isShared = true;
                    result = result with { MaxAge = Seconds(argument) };
                    break;
                case "max-age" when !isShared && result.MaxAge is null:
                    result = result with { MaxAge = Seconds(argument) };
                    break;
            }
        }
        return result;
    }

    private static IEnumerable<(string Name, string Argument)> Split(string text)
    {
        foreach (var part in text.Split(','))
        {
            var directive = part.Trim();
            var equals = directive.IndexOf('=');
            yield return equals < 0 ? (directive, "") : (directive[..equals], directive[(equals + 1)..]);
        }
    }

    private static long? Seconds(string text)
    {
        if (text.Length > 1 && text[0] == '"' && text[^1] == '"')
        {
            text = text[1..^1];
        }
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? seconds : null;
    }
}
