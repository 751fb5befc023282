using System.Text;
using Lateen.Http;
using Lateen.Net;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.Tapping;

/// <summary>What is known of one stream that may be tapped.</summary>
internal sealed class TapTrace(TapConfig config, HttpStream stream, ulong id, long nowUnixNanos)
{
    /// <summary>Bytes of a body that rules can search.</summary>
    private const int SearchedBytesMax = 64 * 1024;

    private readonly ByteBuffer _requestBody = new();
    private readonly ByteBuffer _responseBody = new();
    private readonly ByteBuffer _requestSearched = new();
    private readonly ByteBuffer _responseSearched = new();
    private readonly List<TapNode> _waiting = [];
    private HeaderMap? _requestTrailers;
    private HeaderMap? _responseTrailers;
    private bool _requestOver;
    private bool _responseOver;
    private bool _hasResponse;
    private bool _requestTruncated;
    private bool _responseTruncated;
    private bool? _matches;
    private long _responseUnixNanos;

    /// <summary>Headers or trailers that have come; null: not yet, or there are none.</summary>
    internal HeaderMap? Find(TapPart part) => part switch
    {
        TapPart.RequestHeaders => stream.Request,
        TapPart.RequestTrailers => _requestTrailers,
        TapPart.ResponseHeaders => _hasResponse ? stream.Response : null,
        _ => _responseTrailers,
    };

    /// <summary>What has not come will not come.</summary>
    internal bool IsOver(TapPart part) => part <= TapPart.RequestTrailers ? _requestOver : _responseOver;

    internal ReadOnlySpan<byte> Searchable(bool isResponse) =>
        (isResponse ? _responseSearched : _requestSearched).Written;

    internal void OnRequest()
    {
        Stream(2, "request_headers", Headers(stream.Request));
        if (!stream.HasBody)
        {
            OnEnd(false, null);
        }
    }

    internal void OnResponse(bool endStream, long unixNanos)
    {
        _hasResponse = true;
        _responseUnixNanos = unixNanos;
        Stream(5, "response_headers", Headers(stream.Response));
        if (endStream)
        {
            OnEnd(true, null);
        }
    }

    internal void OnBody(BufferChain data, int length, bool isResponse)
    {
        Keep(isResponse ? _responseSearched : _requestSearched, data, length, SearchedBytesMax);
        var limit = isResponse ? config.ResponseBytesMax : config.RequestBytesMax;
        if (!config.IsStreaming)
        {
            var whole = Keep(isResponse ? _responseBody : _requestBody, data, length, limit);
            _responseTruncated |= isResponse && !whole;
            _requestTruncated |= !isResponse && !whole;
            return;
        }

        var chunk = new ByteBuffer();
        var isWhole = Keep(chunk, data, length, limit);
        Stream(isResponse ? 6 : 3, isResponse ? "response_body_chunk" : "request_body_chunk", Body(chunk, !isWhole));
    }

    internal void OnEnd(bool isResponse, HeaderMap? trailers)
    {
        if (isResponse)
        {
            _responseOver = true;
            _responseTrailers = trailers is { Count: > 0 } ? trailers : null;
        }
        else
        {
            _requestOver = true;
            _requestTrailers = trailers is { Count: > 0 } ? trailers : null;
        }

        if (trailers is { Count: > 0 })
        {
            Stream(isResponse ? 7 : 4, isResponse ? "response_trailers" : "request_trailers", Headers(trailers));
        }
        else
        {
            FlushWaiting();
        }
    }

    /// <summary>The stream is over; true when it was tapped.</summary>
    internal bool Finish(Filters.TapFilter filter)
    {
        _requestOver = true;
        _responseOver = true;
        FlushWaiting();
        if (_matches != true || config.IsStreaming)
        {
            return _matches == true;
        }

        var request = Message(stream.Request, _requestBody, _requestTruncated, _requestTrailers,
            filter.RecordsTimes ? nowUnixNanos : 0);
        var trace = new TapNode().Add(1, "request", request);
        if (_hasResponse)
        {
            trace.Add(2, "response", Message(stream.Response, _responseBody, _responseTruncated, _responseTrailers,
                filter.RecordsTimes ? _responseUnixNanos : 0));
        }

        if (filter.RecordsConnection)
        {
            var connection = stream.Info.Connection;
            trace.Add(3, "downstream_connection", TapAddress.Pair(connection.LocalAddress, connection.RemoteAddress));
        }

        if (filter.RecordsUpstream)
        {
            trace.Add(4, "upstream_connection",
                TapAddress.Pair(stream.Info.UpstreamLocalAddress, stream.Info.UpstreamRemoteAddress));
        }

        config.Write(id, new TapNode().Add(1, "http_buffered_trace", trace));
        return true;
    }

    private void Stream(int number, string name, TapNode piece)
    {
        if (config.IsStreaming)
        {
            _waiting.Add(new TapNode().Add(2, "http_streamed_trace_segment",
                new TapNode().Add(1, "trace_id", id).Add(number, name, piece)));
        }

        FlushWaiting();
    }

    /// <summary>Pieces wait until it is known whether the stream is tapped.</summary>
    private void FlushWaiting()
    {
        _matches ??= config.Match.IsMatch(this);
        if (_matches == true)
        {
            foreach (var piece in _waiting)
            {
                config.Write(id, piece);
            }
        }

        if (_matches is not null)
        {
            _waiting.Clear();
        }
    }

    private TapNode Message(HeaderMap headers, ByteBuffer body, bool isTruncated, HeaderMap? trailers, long unixNanos)
    {
        var message = new TapNode().Add(1, "headers", List(headers));
        if (body.Length > 0 || isTruncated)
        {
            message.Add(2, "body", Body(body, isTruncated));
        }

        message.Add(3, "trailers", trailers is null ? [] : List(trailers));
        return unixNanos == 0 ? message : message.Add(4, "headers_received_time", new TapTime(unixNanos));
    }

    private TapNode Body(ByteBuffer body, bool isTruncated)
    {
        var node = new TapNode();
        _ = config.Format == TapFormat.JsonBodyAsString
            ? node.Add(2, "as_string", body.ToString())
            : node.Add(1, "as_bytes", body.ToArray());
        return node.Add(3, "truncated", isTruncated);
    }

    private static TapNode Headers(HeaderMap headers) => new TapNode().Add(1, "headers", List(headers));

    /// <summary>Pseudo-headers come first, as Envoy keeps them.</summary>
    private static List<TapNode> List(HeaderMap headers)
    {
        var list = new List<TapNode>();
        foreach (var name in (string[])[":authority", ":path", ":method", ":scheme", ":status"])
        {
            AddWhere(list, headers, found => found == name);
        }

        AddWhere(list, headers, found => !found.StartsWith(':'));
        return list;
    }

    private static void AddWhere(List<TapNode> list, HeaderMap headers, Func<string, bool> takes)
    {
        for (var i = 0; i < headers.Count; i++)
        {
            var name = Encoding.ASCII.GetString(headers.GetName(i));
            if (takes(name))
            {
                list.Add(new TapNode().Add(1, "key", name)
                    .Add(2, "value", Encoding.UTF8.GetString(headers.GetValue(i)))
                    .Add(3, "raw_value", Array.Empty<byte>()));
            }
        }
    }

    /// <summary>Adds as much as fits; false when something did not.</summary>
    private static bool Keep(ByteBuffer target, BufferChain data, int length, int bytesMax)
    {
        var room = Math.Min(length, bytesMax - target.Length);
        if (room > 0)
        {
            data.CopyTo(target.GetSpan(room)[..room]);
            target.Advance(room);
        }

        return room >= length;
    }
}
