using Lateen.Http;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Runtime;

/// <summary>The Connection header of a request: headers that it nominates go no further (RFC 9110 §7.6.1).</summary>
internal static class ConnectionHeader
{
    private const int TokensMax = 10;
    private const int TeBytesMax = 256;

    /// <summary>False when the request has been refused.</summary>
    internal static bool Apply(HttpStream stream)
    {
        if (!stream.Request.TryGet(HeaderId.Connection, out var value) || IsPlain(value))
        {
            return true;
        }

        if (TryRemoveNominated(stream.Request, value))
        {
            return true;
        }

        stream.Codec.CloseAfterResponse();
        RequestPipeline.CountProtocolError(stream);
        stream.SendLocalReply(
            400, "Bad Request"u8, ResponseFlags.DownstreamProtocolError, ResponseDetails.ConnectionHeader);
        return false;
    }

    /// <summary>Of TE only <c>trailers</c> goes on.</summary>
    internal static void ReduceTe(HeaderMap request)
    {
        if (!request.TryGet(HeaderId.TE, out var te))
        {
            return;
        }

        while (!te.IsEmpty)
        {
            var comma = te.IndexOf((byte)',');
            var token = (comma < 0 ? te : te[..comma]).Trim(" \t"u8);
            te = comma < 0 ? default : te[(comma + 1)..];
            if (System.Text.Ascii.EqualsIgnoreCase(token, "trailers"u8))
            {
                request.Set(HeaderId.TE, "trailers"u8);
                return;
            }
        }

        request.Remove(HeaderId.TE);
    }

    private static bool IsPlain(ReadOnlySpan<byte> value) =>
        System.Text.Ascii.EqualsIgnoreCase(value, "keep-alive"u8)
            || System.Text.Ascii.EqualsIgnoreCase(value, "close"u8);

    /// <summary>False when it nominates what it may not.</summary>
    internal static bool TryRemoveNominated(HeaderMap request, ReadOnlySpan<byte> value)
    {
        var count = 0;
        Span<byte> lower = stackalloc byte[TeBytesMax];
        while (!value.IsEmpty)
        {
            var comma = value.IndexOf((byte)',');
            var token = (comma < 0 ? value : value[..comma]).Trim(" \t"u8);
            value = comma < 0 ? default : value[(comma + 1)..];
            if (++count >= TokensMax || token.Length > lower.Length || token.StartsWith(":"u8))
            {
                return false;
            }

            System.Text.Ascii.ToLower(token, lower, out var length);
            var name = lower[..length];
            switch (HeaderIds.Find(name))
            {
                case HeaderId.Connection or HeaderId.KeepAlive or HeaderId.Upgrade or HeaderId.Http2Settings:
                    break;
                case HeaderId.XForwardedFor or HeaderId.XForwardedHost or HeaderId.XForwardedProto:
                    return false;
                case HeaderId.TE:
                    if (request.Get(HeaderId.TE).Length >= TeBytesMax)
                    {
                        return false;
                    }

                    break;
                case HeaderId.Host:
                    request.Remove(HeaderId.Authority);
                    break;
                default:
                    if (!name.SequenceEqual("close"u8) && !name.IsEmpty)
                    {
                        request.Remove(name);
                    }

                    break;
            }
        }

        return true;
    }
}
