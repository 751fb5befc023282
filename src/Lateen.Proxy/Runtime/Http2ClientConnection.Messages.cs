using Lateen.Http;
using Lateen.Http.Http2;
using Lateen.Net;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Runtime;

/// <content>Responses in.</content>
internal sealed partial class Http2ClientConnection
{
    private const int StreamsRetainedMax = 128;

    private bool _processing;

    public void OnData(Connection connection) => Process();

    private void Process()
    {
        if (_processing || !_connected)
        {
            return;
        }

        _processing = true;
        var connection = _connection!;
        var input = connection.Input;
        while (connection.State == ConnectionState.Open)
        {
            var happened = _session.Read(input.First, out var consumed);
            input.Consume(consumed);
            if (happened != Http2Event.NeedMore)
            {
                var isLast = _streams.Count > 0 && _session.IsGoAwayReceived
                    && happened is not (Http2Event.GoAway or Http2Event.ConnectionError);
                OnEvent(happened);
                // Envoy closes within the reading then, which its codec takes for an error.
                Count(ClusterStat.UpstreamCxProtocolError, isLast && _streams.Count == 0 ? 1 : 0);
                continue;
            }

            var wanted = _session.BytesWanted;
            if (input.Length < wanted || (consumed == 0 && input.First.Length >= wanted))
            {
                break;
            }

            input.Coalesce(wanted);
        }

        _processing = false;
        if (connection.State != ConnectionState.Open)
        {
            return;
        }

        if (!connection.Output.IsEmpty)
        {
            connection.Send();
        }

        CloseIfDrained();
    }

    private void OnEvent(Http2Event happened)
    {
        var stream = _session.Stream?.Owner as Http2ClientStream;
        switch (happened)
        {
            case Http2Event.Headers when stream is not null:
                OnHeaders(stream);
                break;
            case Http2Event.Data when stream is not null:
                OnBody(stream);
                break;
            case Http2Event.Data:
                _connection!.Input.Consume(_session.DataLength);
                break;
            case Http2Event.Trailers when stream is not null:
                stream.CountReceived(_session.HeaderBytes, true);
                stream.CountDecompressed(stream.User!.ResponseTrailers, false);
                var user = Complete(stream);
                user?.OnResponseTrailers();
                _pool.ServePending();
                break;
            case Http2Event.StreamReset when stream is not null:
                OnReset(stream, _session.ErrorCode);
                break;
            case Http2Event.StreamError when stream is not null:
                Drop(stream, UpstreamResetReason.ProtocolError);
                break;
            case Http2Event.WindowOpened when stream is not null:
                Flush(stream, int.MaxValue);
                break;
            case Http2Event.WindowOpened:
                FlushAll();
                break;
            case Http2Event.Settings:
                FlushAll();
                _pool.ServePending();
                break;
            case Http2Event.GoAway:
                OnGoAway();
                break;
            case Http2Event.PingAck when _pingTimer is not null:
                _pingAnswerTimer!.Stop();
                StartPingTimer();
                break;
            case Http2Event.ConnectionError:
                Count(ClusterStat.UpstreamCxProtocolError);
                Abandon();
                _connection!.Close(
                    Http2Errors.SendsGoAway(_session.Error) ? CloseType.FlushWrite : CloseType.NoFlush);
                break;
        }
    }

    private void OnHeaders(Http2ClientStream stream)
    {
        var user = stream.User!;
        var status = _session.Status;
        stream.CountReceived(_session.HeaderBytes, true);
        stream.CountDecompressed(user.ResponseHeaders, false);
        if (status < 200)
        {
            user.OnInformational(status);
            return;
        }

        if (stream.UpgradeType is { } type && status == 200)
        {
            // Within the proxy it is the answer that HTTP/1 knows (RFC 8441 §5).
            status = 101;
            user.ResponseHeaders.Set(HeaderId.Status, "101"u8);
            user.ResponseHeaders.Set(HeaderId.Upgrade, type);
            user.ResponseHeaders.Set(HeaderId.Connection, "upgrade"u8);
        }

        if (!_session.EndStream)
        {
            user.OnResponseHeaders(status, false);
            return;
        }

        Complete(stream);
        user.OnResponseHeaders(status, true);
        _pool.ServePending();
    }

    private void OnBody(Http2ClientStream stream)
    {
        var (length, end) = (_session.DataLength, _session.EndStream);
        stream.CountReceived(length + _session.DataOverheadBytes, false);
        if (stream.IsReadPaused && !end)
        {
            stream.Withheld += length;
        }
        else
        {
            _session.Consumed(stream.Frames, length);
        }

        if (!end)
        {
            stream.User!.OnResponseData(_connection!.Input, length, false);
            return;
        }

        var user = Complete(stream);
        user!.OnResponseData(_connection!.Input, length, true);
        _pool.ServePending();
    }

    private void OnReset(Http2ClientStream stream, Http2ErrorCode code) => Drop(stream, code switch
    {
        Http2ErrorCode.RefusedStream => UpstreamResetReason.RemoteRefusedStreamReset,
        Http2ErrorCode.ProtocolError => UpstreamResetReason.ProtocolError,
        _ => UpstreamResetReason.RemoteReset,
    });

    private void Drop(Http2ClientStream stream, UpstreamResetReason reason)
    {
        var user = stream.User;
        Finish(stream);
        user?.OnUpstreamReset(reason);
        _pool.ServePending();
    }

    /// <summary>The peer takes no more; what it has not begun may go elsewhere.</summary>
    private void OnGoAway()
    {
        Count(ClusterStat.UpstreamCxCloseNotify);
        _draining = true;
        for (var i = _streams.Count - 1; i >= 0; i--)
        {
            if (i < _streams.Count && _streams[i] is var stream
                && (stream.Frames.Id == 0 || stream.Frames.Id > _session.GoAwayStreamId))
            {
                _session.Forget(stream.Frames);
                Drop(stream, UpstreamResetReason.RemoteRefusedStreamReset);
            }
        }

        _pool.ServePending();
    }

    /// <summary>The connection is of no use: its streams learn it now, and not only when the last bytes have
    /// left.</summary>
    private void Abandon()
    {
        _draining = true;
        while (_streams.Count > 0)
        {
            var stream = _streams[^1];
            var user = stream.User;
            Finish(stream);
            user?.OnUpstreamReset(UpstreamResetReason.ProtocolError);
        }
    }

    /// <summary>The response is complete. A request that is not is given up.</summary>
    private IUpstreamCallbacks? Complete(Http2ClientStream stream)
    {
        var user = stream.User;
        if (!stream.Frames.IsClosed && user is { OutlivesResponse: true })
        {
            return user;
        }

        if (!stream.Frames.IsClosed)
        {
            _session.ResetStream(
                stream.Frames,
                user is { EndsWithError: true } ? Http2ErrorCode.InternalError : Http2ErrorCode.NoError);
            _connection!.Send();
        }

        Finish(stream);
        return user;
    }

    /// <summary>The stream is over.</summary>
    private void Finish(Http2ClientStream stream)
    {
        var last = _streams[^1];
        _streams[stream.Index] = last;
        last.Index = stream.Index;
        _streams.RemoveAt(_streams.Count - 1);
        if (stream.Withheld > 0 && _connection!.State == ConnectionState.Open)
        {
            _session.Consumed(stream.Frames, stream.Withheld);
        }

        stream.User = null;
        stream.Pending.Clear();
        stream.Breakers.Requests.Release();
        if (stream.Frames.IsClosed)
        {
            _session.Return(stream.Frames);
        }

        if (_free.Count < StreamsRetainedMax)
        {
            _free.Push(stream);
        }

        Count(ClusterStat.UpstreamRqActive, -1);
        Host.Add(_worker.Index, HostStat.RqActive, -1);
        if (_streams.Count == 0 && !_processing)
        {
            StartIdle();
        }
        else if (_streams.Count == 0 && !_draining && _options.IdleTimeoutNanos > 0)
        {
            _idleTimer.Start((_options.IdleTimeoutNanos + 999_999) / 1_000_000);
        }
    }
}
