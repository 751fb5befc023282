using System.Globalization;
using System.Text;

namespace Lateen.Proxy.Runtime;

/// <summary>The date header's value (RFC 9110 §5.6.7), made anew each second.</summary>
internal sealed class DateCache
{
    private readonly byte[] _text = new byte[29];
    private long _second = -1;

    internal ReadOnlySpan<byte> Get(long unixNanos)
    {
        var second = unixNanos / 1_000_000_000;
        if (second != _second)
        {
            _second = second;
            Span<char> chars = stackalloc char[29];
            DateTime.UnixEpoch.AddSeconds(second).TryFormat(chars, out _, "r", CultureInfo.InvariantCulture);
            Encoding.ASCII.GetBytes(chars, _text);
        }

        return _text;
    }
}
