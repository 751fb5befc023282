using System.Buffers.Text;
using Lateen.Http;

namespace Lateen.Proxy.Routing;

/// <summary>A rule over one header. Source: <c>route.v3.HeaderMatcher</c>.</summary>
internal sealed class HeaderMatcher
{
    public required HeaderName Name { get; init; }

    /// <summary>Rule over the value; null: see <see cref="Range"/> and <see cref="Present"/>.</summary>
    public StringMatcher? Value { get; init; }

    /// <summary>Half-open range of a number.</summary>
    public (long Start, long End)? Range { get; init; }

    /// <summary>Presence asked for when there is no other rule.</summary>
    public bool Present { get; init; } = true;

    public bool Invert { get; init; }

    public bool TreatMissingAsEmpty { get; init; }

    /// <summary>
    /// Of a repeated header each value is looked at by itself, and one that fits is enough. An absent header matches no
    /// rule over values, inverted or not, unless it is treated as empty; presence can be
    /// inverted.
    /// </summary>
    public bool IsMatch(HeaderMap headers)
    {
        var found = headers.Contains(Name);
        if (Value is null && Range is null)
        {
            return ((found || TreatMissingAsEmpty) == Present) != Invert;
        }
        if (!found && !TreatMissingAsEmpty)
        {
            return false;
        }
        return (found ? MatchesAny(headers) : MatchesValue(default)) != Invert;
    }

    private bool MatchesAny(HeaderMap headers)
    {
        for (var i = headers.IndexOf(Name); i >= 0; i = headers.IndexOf(Name, i + 1))
        {
            if (MatchesValue(headers.GetValue(i)))
            {
                return true;
            }
        }
        return false;
    }

    private bool MatchesValue(ReadOnlySpan<byte> value)
    {
        if (Value is not null)
        {
            return Value.IsMatch(value);
        }
        var (start, end) = Range!.Value;
        return value.Length > 0 && Utf8Parser.TryParse(value, out long number, out var used) && used == value.Length
            && number >= start && number < end;
    }

    public static bool AllMatch(HeaderMatcher[] matchers, HeaderMap headers)
    {
        foreach (var matcher in matchers)
        {
            if (!matcher.IsMatch(headers))
            {
                return false;
            }
        }
        return true;
    }
}
