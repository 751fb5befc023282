using Lateen.Http;
using Lateen.Http.Http2;
using Lateen.Net;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Runtime;

/// <content>Requests out.</content>
internal sealed partial class Http2ClientConnection
{
    /// <summary>Bytes that may wait with a stream before its source is told to stop.</summary>
    private const int PendingBytesMax = 64 * 1024;

    internal void EncodeHeaders(Http2ClientStream stream, HeaderMap headers, bool endStream)
    {
        var method = headers.Get(HeaderId.Method);
        stream.Frames.IsHead = method.SequenceEqual("HEAD"u8);
        stream.Frames.IsConnect = method.SequenceEqual("CONNECT"u8);
        var before = _connection!.Output.Length;
        var isUpgrade = headers.Contains(HeaderId.Upgrade) && headers.Contains(HeaderId.Connection);
        if (isUpgrade)
        {
            EncodeUpgrade(stream, headers);
        }
        else
        {
            if (stream.Frames.IsConnect)
            {
                headers.Remove(HeaderId.Scheme);
            }

            _session.WriteHeaders(stream.Frames, headers, endStream);
        }

        stream.CountSent(_connection.Output.Length - before, true);
        stream.CountDecompressed(headers, true);
        _connection.Send();
    }

    internal void EncodeData(Http2ClientStream stream, BufferChain data, int length, bool endStream)
    {
        if (stream.User is null || stream.Frames.IsClosed)
        {
            data.Consume(length);
            return;
        }

        stream.EndPending |= endStream;
        if (stream.Pending.IsEmpty)
        {
            length -= Write(stream, data, length);
        }

        if (stream.Frames.IsClosed)
        {
            // The response of a tunnel was over before.
            Finish(stream);
            _connection!.Send();
            return;
        }

        if (length > 0)
        {
            data.MoveTo(stream.Pending, length);
            if (!stream.IsAboveHighWatermark && stream.Pending.Length > PendingBytesMax)
            {
                stream.IsAboveHighWatermark = true;
                Count(ClusterStat.UpstreamFlowControlBackedUpTotal);
                stream.User.OnUpstreamAboveHighWatermark();
            }
        }

        _connection!.Send();
    }

    internal void EncodeTrailers(Http2ClientStream stream, HeaderMap trailers)
    {
        if (stream.User is null)
        {
            return;
        }

        if (trailers.Count == 0)
        {
            stream.EndPending = true;
        }
        else
        {
            stream.TrailersPending = trailers;
            stream.CountDecompressed(trailers, true);
        }

        Write(stream, stream.Pending, stream.Pending.Length);
        _connection!.Send();
    }

    /// <summary>The user wants nothing more.</summary>
    internal void Reset(Http2ClientStream stream)
    {
        if (stream.User is null)
        {
            return;
        }

        Count(ClusterStat.UpstreamRqTxReset);
        _session.ResetStream(stream.Frames, Http2ErrorCode.InternalError);
        Finish(stream);
        if (_connection!.State == ConnectionState.Open)
        {
            _connection.Send();
            _pool.ServePending();
        }
    }

    internal void ReadDisable(Http2ClientStream stream, bool disable)
    {
        if (stream.User is null || stream.IsReadPaused == disable)
        {
            return;
        }

        stream.IsReadPaused = disable;
        Count(disable
            ? ClusterStat.UpstreamFlowControlPausedReadingTotal
            : ClusterStat.UpstreamFlowControlResumedReadingTotal);
        if (!disable && stream.Withheld > 0)
        {
            _session.Consumed(stream.Frames, stream.Withheld);
            stream.Withheld = 0;
            _connection!.Send();
        }
    }

    /// <summary>An upgrade goes out as extended CONNECT (RFC 8441); the map stays as it was.</summary>
    private void EncodeUpgrade(Http2ClientStream stream, HeaderMap headers)
    {
        stream.UpgradeType = headers.Get(HeaderId.Upgrade).ToArray();
        var method = headers.Get(HeaderId.Method);
        headers.Set(HeaderId.Protocol, stream.UpgradeType);
        headers.Set(HeaderId.Method, "CONNECT"u8);
        _session.WriteHeaders(stream.Frames, headers, false);
        headers.Set(HeaderId.Method, method);
        headers.Remove(HeaderId.Protocol);
    }

    private void FlushAll()
    {
        var progress = true;
        while (progress && _connection!.State == ConnectionState.Open)
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

        _connection!.Send();
    }

    private bool Flush(Http2ClientStream stream, int lengthMax)
    {
        if (!stream.HasPending || stream.Frames.IsClosed || stream.Frames.IsLocalEnded)
        {
            return false;
        }

        var written = Write(stream, stream.Pending, Math.Min(stream.Pending.Length, lengthMax));
        if (stream.IsAboveHighWatermark && stream.Pending.Length <= PendingBytesMax / 2)
        {
            stream.IsAboveHighWatermark = false;
            Count(ClusterStat.UpstreamFlowControlDrainedTotal);
            Resume(stream);
        }

        return written > 0;
    }

    /// <summary>Writes frames from the front of a chain, and the end of the request when nothing is left. Returns the
    /// body bytes written.</summary>
    private int Write(Http2ClientStream stream, BufferChain data, int length)
    {
        var (frames, output) = (stream.Frames, _connection!.Output);
        if (frames.IsClosed || frames.IsLocalEnded)
        {
            return 0;
        }

        var behind = ReferenceEquals(data, stream.Pending) ? data.Length - length : 0;
        var before = output.Length;
        var written = Http2Data.Write(
            _session, frames, data, length, output, _connection.HighWatermark, stream.EndPending && behind == 0);
        length -= written;
        stream.CountSent(output.Length - before, false);
        if (length == 0 && behind == 0 && !frames.IsLocalEnded)
        {
            WriteEnd(stream);
        }

        return written;
    }

    private void WriteEnd(Http2ClientStream stream)
    {
        var before = _connection!.Output.Length;
        if (stream.TrailersPending is { } trailers)
        {
            _session.WriteHeaders(stream.Frames, trailers, true);
        }
        else if (stream.EndPending)
        {
            _session.WriteDataHeader(stream.Frames, 0, true);
            _session.OnDataAppended();
        }

        stream.CountSent(_connection.Output.Length - before, stream.TrailersPending is not null);
    }
}
