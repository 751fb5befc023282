using System.Buffers.Text;
using Lateen.Http;
using Lateen.Net;

namespace Lateen.Proxy.Runtime;

/// <content>The response's way: from the router or a local reply through the filters to the codec.</content>
internal sealed partial class HttpStream
{
    private readonly BufferChain _transformed;

    /// <summary>Sends the headers in <see cref="Response"/>.</summary>
    internal void EncodeHeaders(bool endStream)
    {
        Touch();
        ResponseStarted = true;
        Info.ResponseHeaders = Response;
        if (Utf8Parser.TryParse(Response.Get(HeaderId.Status), out int code, out _))
        {
            Info.ResponseCode = code;
        }

        var filters = Config.HttpFilters;
        for (var i = filters.Length - 1; i >= 0; i--)
        {
            if ((_enabledFilters >> i & 1) != 0)
            {
                filters[i].OnResponse(this, endStream);
            }
        }

        ResponsePipeline.Run(this);
        if (Info.FirstDownstreamTxNanos == 0)
        {
            Info.FirstDownstreamTxNanos = _worker.NowNanos;
        }

        Codec.EncodeHeaders(this, Response, endStream);
        if (endStream)
        {
            OnResponseComplete();
        }
    }

    /// <summary>From now on the response's body goes through <paramref name="transform"/>.</summary>
    internal void AddTransform(BodyTransform transform) => _transforms.Add(transform);

    internal void EncodeData(BufferChain data, int length, bool endStream)
    {
        Touch();
        Transform(ref data, ref length, endStream);
        if (!IsHead)
        {
            Info.BytesSent += length;
        }

        Codec.EncodeData(this, data, length, endStream);
        if (endStream)
        {
            OnResponseComplete();
        }
    }

    private void Transform(ref BufferChain data, ref int length, bool end)
    {
        foreach (var transform in _transforms)
        {
            transform.Run(data, length, end, _transformed);
            data = _transformed;
            length = data.Length;
        }
    }

    /// <summary>Ends the response with the trailers in <see cref="ResponseTrailers"/>, which may be none.</summary>
    internal void EncodeTrailers()
    {
        Touch();
        if (_transforms.Count > 0)
        {
            var rest = _transformed;
            var length = 0;
            Transform(ref rest, ref length, true);
            Info.BytesSent += length;
            Codec.EncodeData(this, rest, length, false);
        }

        Codec.EncodeTrailers(this, ResponseTrailers);
        OnResponseComplete();
    }

    /// <summary>Cuts the response off.</summary>
    internal void Reset()
    {
        if (_codec is null || _responseComplete)
        {
            return;
        }

        Codec.ResetStream(this);
        if (_codec is not null)
        {
            OnResponseComplete();
        }
    }

    private void OnResponseComplete()
    {
        if (_codec is null)
        {
            return;
        }

        _responseComplete = true;
        Info.LastDownstreamTxNanos = _worker.NowNanos;
        _codec.OnResponseDone(this);
    }
}
