using Lateen.Http;
using Lateen.Net;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.HttpCaching;

/// <summary>Copies a response's body on its way to the client and stores it when it is complete.</summary>
internal sealed class CacheCapture(SimpleHttpCache cache, HeaderMap request, HeaderMap headers, long seconds)
    : BodyStage
{
    private ByteBuffer? _body = new();

    internal override void OnData(BufferChain data, int length, bool end)
    {
        if (_body is not null && _body.Length + length > SimpleHttpCache.EntryBytesMax)
        {
            _body = null;
        }
        if (_body is null)
        {
            Forward(data, length, end);
            return;
        }
        var output = TakeScratch();
        var left = length;
        while (left > 0)
        {
            var piece = data.First;
            piece = piece[..Math.Min(piece.Length, left)];
            _body.Write(piece);
            output.Append(piece);
            data.Consume(piece.Length);
            left -= piece.Length;
        }
        if (end)
        {
            Store(new HeaderMap());
        }
        Forward(output, length, end);
    }

    internal override void OnTrailers()
    {
        var trailers = new HeaderMap();
        trailers.CopyFrom(Stream.ResponseTrailers);
        Store(trailers);
        ForwardTrailers();
    }

    private void Store(HeaderMap trailers)
    {
        if (_body is { } body)
        {
            cache.Put(request, new CacheEntry(headers, body.ToArray(), trailers, seconds));
        }
        _body = null;
    }
}
