using System.Text;
using Lateen.Http;
using Lateen.Http.Http2;
using Lateen.Net;

namespace Lateen.Proxy.Tests.Runtime;

/// <summary>
/// An HTTP/2 client or server on the worker's own loop. What comes on a stream is kept as text; a server answers
/// complete requests by <see cref="WhenRequest"/>.
/// </summary>
internal sealed class Http2Peer : IConnectionCallbacks, IHttp2Owner
{
    private readonly Dictionary<int, StringBuilder> _received = [];

    public Http2Peer(bool isServer, Http2Limits? limits = null)
    {
        Session = new Http2Session(isServer, limits ?? Http2Limits.Default, this);
    }

    public Http2Session Session { get; }

    public Connection? Connection { get; private set; }

    /// <summary>Called when a request is complete.</summary>
    public Action<Http2Peer, Http2Stream>? WhenRequest { get; set; }

    /// <summary>Body bytes are credited as they come.</summary>
    public bool Consumes { get; set; } = true;

    public bool IsOver { get; private set; }

    public List<int> Streams { get; } = [];

    public List<Http2Stream> OpenStreams { get; } = [];

    public string GoAways { get; private set; } = "";

    public int UnsentBytes => Connection!.Output.Length;

    public void Begin(Connection connection)
    {
        Connection = connection;
        connection.SetCallbacks(this);
        Session.Start();
        connection.Send();
    }

    /// <summary>What came on a stream: headers as lines, body, trailers, and how it ended.</summary>
    public string Received(int id) => _received.TryGetValue(id, out var text) ? text.ToString() : "";

    public bool HasEnded(int id) => Received(id).EndsWith("[end]", StringComparison.Ordinal)
        || Received(id).Contains("[reset", StringComparison.Ordinal);

    public Http2Stream Request(string path, bool endStream, params string[] more) => Open(
        endStream,
        [$":method: {(endStream ? "GET" : "POST")}", ":scheme: http", ":authority: a", $":path: {path}", .. more]);

    public Http2Stream Open(bool endStream, params string[] lines)
    {
        var stream = Session.OpenStream()!;
        stream.Headers = new HeaderMap();
        stream.Trailers = new HeaderMap();
        stream.IsConnect = lines[0] == ":method: CONNECT";
        Session.WriteHeaders(stream, Map(lines), endStream);
        Streams.Add(stream.Id);
        Connection!.Send();
        return stream;
    }

    public void SendHeaders(Http2Stream stream, bool endStream, params string[] lines)
    {
        Session.WriteHeaders(stream, Map(lines), endStream);
        Connection!.Send();
    }

    public void SendData(Http2Stream stream, ReadOnlySpan<byte> data, bool endStream)
    {
        Session.WriteDataHeader(stream, data.Length, endStream);
        Connection!.Output.Append(data);
        Session.OnDataAppended();
        Connection.Send();
    }

    public Span<byte> GetSpace(int minimum) => Connection!.Output.GetSpace(minimum);

    public void Commit(int length) => Connection!.Output.Commit(length);

    public void Count(Http2Stat stat, long amount)
    {
    }

    public void OnConnected(Connection connection)
    {
    }

    public void OnData(Connection connection)
    {
        var input = connection.Input;
        while (true)
        {
            var happened = Session.Read(input.First, out var consumed);
            input.Consume(consumed);
            if (happened == Http2Event.NeedMore)
            {
                if (input.Length < Session.BytesWanted || input.First.Length >= Session.BytesWanted)
                {
                    break;
                }

                input.Coalesce(Session.BytesWanted);
                continue;
            }

            if (happened == Http2Event.ConnectionError)
            {
                throw new InvalidOperationException($"The peer broke a rule: {Session.Error}.");
            }

            OnEvent(happened, Session.Stream);
        }

        connection.Send();
    }

    public void OnEndOfStream(Connection connection)
    {
        IsOver = true;
        connection.Close(CloseType.FlushWrite);
    }

    public void OnAboveHighWatermark(Connection connection)
    {
    }

    public void OnBelowLowWatermark(Connection connection)
    {
    }

    public void OnClosed(Connection connection, CloseReason reason) => IsOver = true;

    private void OnEvent(Http2Event happened, Http2Stream? stream)
    {
        switch (happened)
        {
            case Http2Event.StreamBegun:
                stream!.Headers = new HeaderMap();
                stream.Trailers = new HeaderMap();
                Streams.Add(stream.Id);
                OpenStreams.Add(stream);
                return;
            case Http2Event.Headers:
                Note(stream!, Text(stream!.Headers!));
                break;
            case Http2Event.Trailers:
                Note(stream!, Text(stream!.Trailers!));
                break;
            case Http2Event.Data:
                var data = new byte[Session.DataLength];
                Connection!.Input.CopyTo(data);
                Connection.Input.Consume(data.Length);
                Note(stream!, Encoding.Latin1.GetString(data));
                if (Consumes)
                {
                    Session.Consumed(stream!, data.Length);
                }

                break;
            case Http2Event.StreamReset:
                Note(stream!, $"[reset {Session.ErrorCode}]");
                return;
            case Http2Event.GoAway:
                GoAways += $"{Session.GoAwayStreamId};";
                return;
            default:
                return;
        }

        if (Session.EndStream && (happened != Http2Event.Headers || Session.Status is 0 or >= 200))
        {
            Note(stream!, "[end]");
            WhenRequest?.Invoke(this, stream!);
        }
    }

    private void Note(Http2Stream stream, string text)
    {
        if (!_received.TryGetValue(stream.Id, out var all))
        {
            _received[stream.Id] = all = new StringBuilder();
        }

        all.Append(text);
    }

    private static string Text(HeaderMap headers)
    {
        var text = new StringBuilder();
        for (var i = 0; i < headers.Count; i++)
        {
            text.Append(Encoding.Latin1.GetString(headers.GetName(i))).Append(": ")
                .Append(Encoding.Latin1.GetString(headers.GetValue(i))).Append('\n');
        }

        return text.ToString();
    }

    private static HeaderMap Map(string[] lines)
    {
        var map = new HeaderMap();
        foreach (var line in lines)
        {
            var colon = line.IndexOf(':', 1);
            map.Add(Encoding.Latin1.GetBytes(line[..colon]), Encoding.Latin1.GetBytes(line[(colon + 2)..]));
        }

        return map;
    }
}
