using Lateen.Net;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.Tapping;

/// <summary>
/// What is written down of one connection: all of it when it is over, or each event as it comes. Source:
/// <c>data.tap.v3.SocketBufferedTrace</c> and <c>SocketStreamedTraceSegment</c>.
/// </summary>
internal sealed class SocketTap : IConnectionTap
{
    private readonly SocketTapConfig _socket;
    private readonly TapConfig _config;
    private readonly Worker _worker;
    private readonly Connection _connection;
    private readonly ulong _id;
    private readonly List<TapNode> _events = [];
    private readonly ByteBuffer _sending = new();
    private int _gatheredBytes;
    private int _readBytes;
    private int _writtenBytes;
    private bool _isReadTruncated;
    private bool _isWriteTruncated;
    private bool _isEnd;
    private bool _isOver;
    private ulong _sequence = 1;

    public SocketTap(SocketTapConfig socket, TapConfig config, Worker worker, Connection connection, ulong id)
    {
        _socket = socket;
        _config = config;
        _worker = worker;
        _connection = connection;
        _id = id;
        if (config.IsStreaming)
        {
            Submit(new TapNode().Add(1, "trace_id", id).Add(2, "connection", Addresses()));
        }
    }

    public void OnRead(BufferChain input, int length)
    {
        if (_isReadTruncated)
        {
            return;
        }

        var limit = _config.RequestBytesMax - (_config.IsStreaming ? 0 : _readBytes);
        var kept = new ByteBuffer();
        var isWhole = Copy(kept, input, input.Length - length, length, limit);
        _readBytes += kept.Length;
        _isReadTruncated = !isWhole && !_config.IsStreaming;
        Take(2, "read", new TapNode().Add(1, "data", Body(kept.Written, !isWhole)), length);
    }

    public void OnSending(BufferChain output, bool isEnd)
    {
        _sending.Clear();
        _isEnd = isEnd;
        Copy(_sending, output, 0, output.Length, WriteLimit);
    }

    public void OnSent(int length)
    {
        if (_isWriteTruncated)
        {
            return;
        }

        var kept = _sending.Written[..Math.Min(length, _sending.Length)];
        var isWhole = kept.Length == length;
        _writtenBytes += kept.Length;
        _isWriteTruncated = !isWhole && !_config.IsStreaming;
        var data = new TapNode().Add(1, "data", Body(kept, !isWhole)).Add(2, "end_stream", _isEnd);
        Take(3, "write", data, length);
    }

    public void OnClosed(Connection connection)
    {
        if (_isOver)
        {
            return;
        }

        _isOver = true;
        if (_config.IsStreaming)
        {
            _sequence++;
            Take(4, "closed", new TapNode(), 0);
            return;
        }

        _config.Write(_id, new TapNode().Add(3, "socket_buffered_trace", new TapNode()
            .Add(1, "trace_id", _id).Add(2, "connection", Addresses()).Add(3, "events", _events)
            .Add(4, "read_truncated", _isReadTruncated).Add(5, "write_truncated", _isWriteTruncated)));
        _socket.Stats.Add(_worker.Index, _socket.BufferedSubmit);
    }

    private int WriteLimit => _config.ResponseBytesMax - (_config.IsStreaming ? 0 : _writtenBytes);

    /// <summary>Keeps an event, or writes it with those that have gathered.</summary>
    private void Take(int number, string name, TapNode what, int length)
    {
        var node = new TapNode().Add(1, "timestamp", new TapTime(_worker.Loop.UnixNanos)).Add(number, name, what);
        if (_config.IsStreaming && _socket.TellsConnection)
        {
            node.Add(5, "connection", Addresses());
        }

        node.Add(6, "seq_num", _config.IsStreaming ? _sequence : 0UL);
        _sequence += (ulong)length;
        if (!_config.IsStreaming)
        {
            _events.Add(node);
        }
        else if (_config.StreamedBytesMin == 0)
        {
            Submit(new TapNode().Add(1, "trace_id", _id).Add(3, "event", node));
        }
        else
        {
            Gather(node, length);
        }
    }

    private void Gather(TapNode node, int length)
    {
        _events.Add(node);
        _gatheredBytes += length;
        if (!_isOver && _gatheredBytes < _config.StreamedBytesMin)
        {
            return;
        }

        Submit(new TapNode().Add(1, "trace_id", _id)
            .Add(4, "events", new TapNode().Add(1, "events", new List<TapNode>(_events))));
        _events.Clear();
        _gatheredBytes = 0;
    }

    private void Submit(TapNode segment)
    {
        _config.Write(_id, new TapNode().Add(4, "socket_streamed_trace_segment", segment));
        _socket.Stats.Add(_worker.Index, _socket.StreamedSubmit);
    }

    private TapNode Addresses() => TapAddress.Pair(
        NetAddresses.ToAddress(_connection.LocalAddress), NetAddresses.ToAddress(_connection.RemoteAddress));

    private TapNode Body(ReadOnlySpan<byte> bytes, bool isTruncated) => (_config.Format == TapFormat.JsonBodyAsString
        ? new TapNode().Add(2, "as_string", System.Text.Encoding.UTF8.GetString(bytes))
        : new TapNode().Add(1, "as_bytes", bytes.ToArray())).Add(3, "truncated", isTruncated);

    /// <summary>Adds as much as the limit lets; false when that is not all.</summary>
    private static bool Copy(ByteBuffer target, BufferChain chain, int start, int length, int limit)
    {
        var room = Math.Min(length, Math.Max(0, limit));
        if (room > 0)
        {
            var whole = new byte[start + room];
            chain.CopyTo(whole);
            target.Write(whole.AsSpan(start));
        }

        return room == length;
    }
}
