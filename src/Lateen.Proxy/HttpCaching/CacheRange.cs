using System.Globalization;
using System.Text;
using Lateen.Http;

namespace Lateen.Proxy.HttpCaching;

/// <summary>The part of a body that a <c>range</c> header asks for (RFC 9110, section 14.1.2).</summary>
/// <param name="Start">First byte.</param>
/// <param name="End">The byte after the last; not greater than the start when nothing of the body is asked
/// for.</param>
internal readonly record struct CacheRange(long Start, long End)
{
    public bool IsSatisfiable => End > Start;

    /// <summary>Null when the whole body is to be sent: no header, one that is none, or several ranges.</summary>
    public static CacheRange? Of(HeaderMap request, long length)
    {
        var text = Encoding.Latin1.GetString(CacheEntry.HeaderValue(request, "range"u8));
        if (!text.StartsWith("bytes=", StringComparison.OrdinalIgnoreCase) || text.Contains(','))
        {
            return null;
        }
        var dash = text.IndexOf('-');
        if (dash < 0)
        {
            return null;
        }
        var (first, last) = (text[6..dash].Trim(), text[(dash + 1)..].Trim());
        if (first.Length == 0)
        {
            return !TryNumber(last, out var suffix) ? null
                : suffix >= length && length > 0 ? null : new CacheRange(length - suffix, length);
        }
        if (!TryNumber(first, out var start) || (last.Length > 0 && !TryNumber(last, out _)))
        {
            return null;
        }
        var end = last.Length > 0 && TryNumber(last, out var to) ? Math.Min(to + 1, length) : length;
        if (last.Length > 0 && end <= start && start < length)
        {
            return null;
        }
        return start == 0 && end == length && length > 0 ? null : new CacheRange(start, end);
    }

    private static bool TryNumber(string text, out long number) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number)
        && number < long.MaxValue;
}
