using System.Buffers.Text;
using Lateen.Proxy.AccessLog;
using Lateen.Proxy.Formatting;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.RateLimits;

/// <summary>How much one request counts for. Source: <c>route.v3.RateLimit.HitsAddend</c>.</summary>
/// <param name="Number">The count when there is no format.</param>
/// <param name="Format">Gives the count as text; null: <paramref name="Number"/>.</param>
internal sealed record HitsAddend(ulong Number, FormatString? Format)
{
    /// <summary>Larger counts are refused.</summary>
    private const double HitsMax = 1_000_000_000;

    /// <summary>The request's count; null when its format gives none.</summary>
    public ulong? Of(StreamInfo info)
    {
        if (Format is null)
        {
            return Number;
        }
        var text = new ByteBuffer();
        Format.Write(text, info, new FormatContext(AccessLogType.NotSet, 0, default), default);
        return Utf8Parser.TryParse(text.Written, out double hits, out var used) && used == text.Length
            && hits is >= 0 and <= HitsMax ? (ulong)hits : null;
    }
}
