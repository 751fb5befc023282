using System.Globalization;
using System.Text;
using Lateen.Net;

namespace Lateen.Simulation.Tests.DataPath;

/// <summary>One connection to a simulated HTTP/1.1 upstream: checks that requests belong here and are whole, and
/// answers by plan.</summary>
internal sealed class Http1Upstream : Actor
{
    private readonly string _cluster;
    private readonly Http1Reader _reader;
    private UpstreamPlan _plan = new();
    private int _id;
    private int _expected;
    private int _received;
    private bool _isHead;
    private bool _isRequestWhole;
    private bool _isAnswered;

    public Http1Upstream(World world, Connection connection, string cluster)
        : base(world, world.UpstreamLoop)
    {
        _cluster = cluster;
        _reader = new Http1Reader(false) { OnHead = OnHead, OnBody = OnBody, OnEnd = OnRequestEnd };
        Connection = connection;
        connection.SetCallbacks(this);
    }

    public override void OnData(Connection connection)
    {
        _reader.Feed(TakeInput(connection));
        World.Check(_reader.Error);
        if (!IsClosed && Chance(20))
        {
            Pause(2000);
        }
    }

    public override void OnEndOfStream(Connection connection) => connection.Close(CloseType.FlushWrite);

    protected override void OnOver(CloseReason reason)
    {
    }

    private void OnHead(string start, Dictionary<string, string> fields)
    {
        _id = int.Parse(fields["x-id"], CultureInfo.InvariantCulture);
        var exchange = World.Find(_id);
        World.Check(exchange.Clusters.Contains(_cluster, StringComparison.Ordinal)
            ? null : $"request {_id} for {exchange.Clusters} came to cluster {_cluster}");
        _isHead = start.StartsWith("HEAD ", StringComparison.Ordinal);
        _expected = exchange.RequestBytes;
        _received = 0;
        _isRequestWhole = false;
        _isAnswered = false;
        _plan = UpstreamPlan.Make(World);
        if (_plan.BreaksFirst)
        {
            _reader.IsStopped = true;
            After(2, Break);
        }
        else if (_plan.IsEarly)
        {
            After(_plan.DelayMillis, Answer);
        }
    }

    private void OnBody(byte[] bytes)
    {
        foreach (var b in bytes)
        {
            if (b != Exchange.RequestByte(_id, _received++))
            {
                World.Check($"request {_id}: byte {_received - 1} of it is another's");
                return;
            }
        }
    }

    private void OnRequestEnd()
    {
        World.Check(_received == _expected
            ? null : $"request {_id} came whole with {_received} of {_expected} bytes");
        _isRequestWhole = true;
        if (!_plan.BreaksFirst && !_plan.IsEarly)
        {
            After(_plan.DelayMillis, Answer);
        }
    }

    private void Answer()
    {
        if (_isAnswered)
        {
            return;
        }

        _isAnswered = true;
        var isChunked = _plan.IsChunked && !_isHead;
        var head = new StringBuilder(
            $"HTTP/1.1 {_plan.Status} X\r\nx-answer: {_id}\r\nx-cluster: {_cluster}\r\nx-bytes: {_plan.Bytes}\r\n");
        head.Append(isChunked ? "transfer-encoding: chunked\r\n" : $"content-length: {_plan.Bytes}\r\n");
        if (!_isRequestWhole || _plan.ClosesAfter)
        {
            head.Append("connection: close\r\n");
        }

        Write(Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()));
        SendBody(_id, 0, _isHead ? 0 : _plan.Bytes, isChunked);
    }

    private void SendBody(int id, int from, int bytes, bool isChunked)
    {
        if (from == bytes)
        {
            if (isChunked)
            {
                Write(_plan.HasTrailers ? "0\r\nx-end: 1\r\n\r\n"u8 : "0\r\n\r\n"u8);
            }

            if (!_isRequestWhole || _plan.ClosesAfter)
            {
                Connection!.Close(CloseType.FlushWrite);
            }

            return;
        }

        if (_plan.BreaksWithin && Chance(500))
        {
            Connection!.Close(Chance(500) ? CloseType.AbortReset : CloseType.FlushWrite);
            return;
        }

        if (_plan.Stalls)
        {
            return;
        }

        var piece = World.ResponseBytes(
            id, from, 1 + Random.Next(Math.Min(bytes - from, _plan.HasSmallPieces ? 1200 : 20000)));
        if (isChunked)
        {
            Write(Encoding.ASCII.GetBytes(piece.Length.ToString("x", CultureInfo.InvariantCulture) + "\r\n"));
        }

        Write(piece);
        if (isChunked)
        {
            Write("\r\n"u8);
        }

        if (Chance(_plan.HasSmallPieces ? 950 : 300))
        {
            SendBody(id, from + piece.Length, bytes, isChunked);
            return;
        }

        After(Chance(50) ? 3000 : 4, () => SendBody(id, from + piece.Length, bytes, isChunked));
    }
}
