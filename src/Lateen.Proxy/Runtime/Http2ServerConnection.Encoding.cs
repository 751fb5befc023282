using Lateen.Http;
using Lateen.Http.Http2;
using Lateen.Net;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Runtime;

/// <content>Responses out: as much as the windows and the output take; the rest waits with its stream.</content>
internal sealed partial class Http2ServerConnection
{
    /// <summary>Bytes that may wait with a stream before its source is told to stop.</summary>
    private const int PendingBytesMax = 64 * 1024;

    internal override void EncodeInformational(HttpStream stream, HeaderMap headers)
    {
        _session.WriteHeaders(stream.Http2!.Frames, headers, false);
        _connection.Send();
    }

    internal override void EncodeHeaders(HttpStream stream, HeaderMap headers, bool endStream)
    {
        if (_owner.ShouldClose && !_isDraining)
        {
            Count(HttpStat.DownstreamCxDrainClose);
            StartDrain();
        }
        else if (!_isDraining && _owner.IsKeepAliveOff)
        {
            Count(HttpStat.DownstreamCxOverloadDisableKeepalive);
            Count(HttpStat.DownstreamCxDrainClose);
            StartDrain();
        }

        var own = stream.Http2!;
        if (own.IsExtendedConnect && stream.Info.ResponseCode == 101)
        {
            headers.Set(HeaderId.Status, "200"u8);
        }

        var before = _connection.Output.Length;
        _session.WriteHeaders(own.Frames, headers, endStream);
        var length = _connection.Output.Length - before;
        stream.Info.DownstreamWireBytesSent += length;
        stream.Info.DownstreamHeaderBytesSent += length;
        stream.Info.DownstreamDecompressedSent += Decompressed(headers);
        _connection.Send();
    }

    internal override void EncodeData(HttpStream stream, BufferChain data, int length, bool endStream)
    {
        var own = stream.Http2!;
        if (stream.IsHead || own.Frames.IsClosed)
        {
            data.Consume(length);
            length = 0;
        }

        own.EndPending |= endStream;
        if (own.Pending.IsEmpty)
        {
            length -= Write(own, data, length);
        }

        if (length > 0)
        {
            data.MoveTo(own.Pending, length);
            if (!own.IsAboveHighWatermark && own.Pending.Length > PendingBytesMax)
            {
                own.IsAboveHighWatermark = true;
                Count(HttpStat.DownstreamFlowControlPausedReadingTotal);
                Pause(own, true);
            }
        }

        _connection.Send();
    }

    internal override void EncodeTrailers(HttpStream stream, HeaderMap trailers)
    {
        var own = stream.Http2!;
        if (trailers.Count == 0)
        {
            own.EndPending = true;
        }
        else
        {
            own.TrailersPending = true;
            stream.Info.DownstreamDecompressedSent += Decompressed(trailers);
        }

        Write(own, own.Pending, own.Pending.Length);
        _connection.Send();
    }

    internal override void ResetStream(HttpStream stream)
    {
        var frames = stream.Http2!.Frames;
        if (frames.IsClosed || _connection.State != ConnectionState.Open)
        {
            return;
        }

        Count(HttpStat.DownstreamRqTxReset);
        Count(HttpStat.DownstreamRqRxReset);
        _session.ResetStream(frames, Http2ErrorCode.InternalError);
        _connection.Send();
    }

    internal override void ReadDisable(HttpStream stream, bool disable)
    {
        var own = stream.Http2!;
        own.IsReadPaused = disable;
        if (disable || own.Withheld == 0 || _connection.State != ConnectionState.Open)
        {
            return;
        }

        _session.Consumed(own.Frames, own.Withheld);
        own.Withheld = 0;
        _connection.Send();
    }

    internal override void OnResponseDone(HttpStream stream)
    {
        var own = stream.Http2!;
        if (own.IsResponseDone)
        {
            return;
        }

        own.IsResponseDone = true;
        if (own.Frames.IsClosed || own.Frames.IsLocalEnded)
        {
            OnResponseSent(own);
            return;
        }

        stream.OnResponseFlushing();
        own.StartFlushTimer(stream.FlushTimeoutNanos);
    }

    /// <summary>The end of the response is in the output. A request that goes on is not waited for.</summary>
    private void OnResponseSent(Http2ServerStream stream)
    {
        if (!stream.Frames.IsClosed)
        {
            Count(HttpStat.DownstreamRqResponseBeforeRqComplete);
            Count(HttpStat.DownstreamRqRxReset);
            _session.ResetStream(stream.Frames, Http2ErrorCode.NoError);
        }

        if (stream.Withheld > 0)
        {
            _session.Consumed(stream.Frames, stream.Withheld);
            stream.Withheld = 0;
        }

        Finish(stream);
    }

    /// <summary>Round after round a frame for each stream, as long as there is room.</summary>
    private void FlushAll()
    {
        var progress = true;
        while (progress && _connection.State == ConnectionState.Open)
        {
            progress = false;
            for (var i = _streams.Count - 1; i >= 0; i--)
            {
                if (i < _streams.Count && _streams[i].HasPending)
                {
                    progress |= Flush(_streams[i], Http2Limits.FrameBytesMax);
                }
            }
        }

        _connection.Send();
    }

    private bool Flush(Http2ServerStream stream, int lengthMax = int.MaxValue)
    {
        if (!stream.HasPending || stream.Frames.IsClosed)
        {
            return false;
        }

        var wasEnded = stream.Frames.IsLocalEnded;
        var written = Write(stream, stream.Pending, Math.Min(stream.Pending.Length, lengthMax));
        var resumes = stream.IsAboveHighWatermark && stream.Pending.Length <= PendingBytesMax / 2;
        if (resumes)
        {
            stream.IsAboveHighWatermark = false;
            Count(HttpStat.DownstreamFlowControlResumedReadingTotal);
        }

        var isEnded = stream.Frames.IsLocalEnded && !wasEnded;
        if (isEnded && stream.IsResponseDone)
        {
            OnResponseSent(stream);
            return true;
        }

        if (written > 0 && stream.IsResponseDone)
        {
            stream.StartFlushTimer(stream.Http.FlushTimeoutNanos);
        }

        if (resumes)
        {
            // Last: the upstream may answer to the end here, and the stream be over when this returns.
            Pause(stream, false);
        }

        return written > 0 || isEnded;
    }

    /// <summary>Writes frames from the front of a chain, and the end of the response when nothing is left. Returns the
    /// body bytes written.</summary>
    private int Write(Http2ServerStream stream, BufferChain data, int length)
    {
        var (frames, output) = (stream.Frames, _connection.Output);
        if (frames.IsClosed || frames.IsLocalEnded)
        {
            return 0;
        }

        // What lies behind this piece: the rest of the chain when it is the stream's own.
        var behind = ReferenceEquals(data, stream.Pending) ? data.Length - length : 0;
        var before = output.Length;
        var written = Http2Data.Write(
            _session, frames, data, length, output, _connection.HighWatermark, stream.EndPending && behind == 0);
        length -= written;
        stream.Http.Info.DownstreamWireBytesSent += output.Length - before;
        if (length == 0 && behind == 0 && !frames.IsLocalEnded)
        {
            WriteEnd(stream);
        }

        return written;
    }

    private void WriteEnd(Http2ServerStream stream)
    {
        var before = _connection.Output.Length;
        if (stream.TrailersPending)
        {
            _session.WriteHeaders(stream.Frames, stream.Http.ResponseTrailers, true);
        }
        else if (stream.EndPending)
        {
            _session.WriteDataHeader(stream.Frames, 0, true);
            _session.OnDataAppended();
        }

        var written = _connection.Output.Length - before;
        stream.Http.Info.DownstreamWireBytesSent += written;
        stream.Http.Info.DownstreamHeaderBytesSent += stream.TrailersPending ? written : 0;
    }
}
