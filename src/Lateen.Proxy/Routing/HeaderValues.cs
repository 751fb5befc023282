using Lateen.Http;

namespace Lateen.Proxy.Routing;

/// <summary>Reads headers as matchers see them.</summary>
internal static class HeaderValues
{
    /// <summary>
    /// The value of a header, all its instances joined with commas; false when it is absent. The span lives until the
    /// next call on
    /// this thread.
    /// </summary>
    public static bool TryGetJoined(HeaderMap headers, HeaderName name, out ReadOnlySpan<byte> value)
    {
        var first = headers.IndexOf(name);
        if (first < 0)
        {
            value = default;
            return false;
        }
        value = headers.GetValue(first);
        var next = headers.IndexOf(name, first + 1);
        if (next < 0)
        {
            return true;
        }
        var buffer = Scratch.Joined;
        buffer.Write(value);
        for (; next >= 0; next = headers.IndexOf(name, next + 1))
        {
            buffer.Write((byte)',');
            buffer.Write(headers.GetValue(next));
        }
        value = buffer.Written;
        return true;
    }
}
