using System.Text;
using Lateen.Http.Hpack;
using Lateen.Http.Http2;
using Lateen.Http.Tests.Hpack;

namespace Lateen.Http.Tests.Http2;

/// <summary>
/// A session in memory. What it tells and what it writes is kept as text; as a server it can answer complete requests
/// by itself.
/// </summary>
internal sealed class Http2Harness : IHttp2Owner
{
    private readonly HpackDecoder _decoder = new();
    private readonly List<Http2Stream> _complete = [];
    private readonly List<Http2Stream> _waiting = [];
    private byte[] _output = new byte[64 * 1024];
    private int _outputLength;
    private byte[] _input = [];

    public Http2Harness(bool isServer, Http2Limits? limits = null)
    {
        Session = new Http2Session(isServer, limits ?? Http2Limits.Default, this);
        Session.Start();
    }

    public Http2Session Session { get; }

    /// <summary>Body to answer requests with; null leaves them open.</summary>
    public byte[]? Answer { get; init; }

    /// <summary>Body bytes are taken as soon as they come.</summary>
    public bool Consumes { get; init; } = true;

    /// <summary>Output waits until <see cref="TakeFrames"/> rather than leaving at once.</summary>
    public bool HoldsOutput { get; init; }

    public bool IsClosed { get; private set; }

    public List<string> Events { get; } = [];

    public Dictionary<Http2Stat, long> Counts { get; } = [];

    public int UnsentBytes => HoldsOutput ? _outputLength : 0;

    /// <summary>The headers of a request.</summary>
    public static HeaderMap Get()
    {
        var headers = new HeaderMap();
        headers.Add(":method"u8, "GET"u8);
        headers.Add(":path"u8, "/"u8);
        return headers;
    }

    public Span<byte> GetSpace(int minimum)
    {
        if (_output.Length - _outputLength < minimum)
        {
            Array.Resize(ref _output, (_outputLength + minimum) * 2);
        }

        return _output.AsSpan(_outputLength);
    }

    public void Commit(int length) => _outputLength += length;

    public void Count(Http2Stat stat, long amount) => Counts[stat] = Counts.GetValueOrDefault(stat) + amount;

    /// <summary>Gives input, in pieces of some size.</summary>
    public Http2Harness Feed(ReadOnlySpan<byte> bytes, int pieceBytes = int.MaxValue)
    {
        while (!bytes.IsEmpty && !IsClosed)
        {
            var piece = bytes[..Math.Min(bytes.Length, pieceBytes)];
            bytes = bytes[piece.Length..];
            _input = [.. _input, .. piece];
            Drain();
        }

        return this;
    }

    public string TakeEvents()
    {
        var text = string.Join(" ", Events);
        Events.Clear();
        return text;
    }

    /// <summary>The frames written since, as words such as <c>RstStream(1,Cancel)</c>.</summary>
    public List<string> TakeFrames()
    {
        var frames = new List<string>();
        var bytes = _output.AsSpan(0, _outputLength);
        if (bytes.StartsWith(Http2Session.Preface))
        {
            bytes = bytes[Http2Session.Preface.Length..];
        }

        while (!bytes.IsEmpty)
        {
            var head = Http2FrameHeader.Read(bytes);
            frames.Add(Describe(head, bytes.Slice(Http2FrameHeader.Bytes, head.Length)));
            bytes = bytes[(Http2FrameHeader.Bytes + head.Length)..];
        }

        _outputLength = 0;
        return frames;
    }

    public byte[] TakeBytes()
    {
        var bytes = _output[.._outputLength];
        _outputLength = 0;
        return bytes;
    }

    private string Describe(Http2FrameHeader head, ReadOnlySpan<byte> payload)
    {
        var end = head.Has(1) ? ",end" : "";
        switch (head.Type)
        {
            case Http2FrameType.Headers:
                var sink = new FieldList();
                _decoder.BeginBlock();
                Assert.True(_decoder.TryDecode(payload, true, ref sink, out _));
                return $"Headers({head.StreamId},{sink}{end})";
            case Http2FrameType.Data:
                var text = payload.Length > 40 ? $"{payload.Length} bytes" : Encoding.Latin1.GetString(payload);
                return $"Data({head.StreamId},{text}{end})";
            case Http2FrameType.RstStream:
                return $"RstStream({head.StreamId},{(Http2ErrorCode)Word(payload)})";
            case Http2FrameType.GoAway:
                return $"GoAway({Word(payload)},{(Http2ErrorCode)Word(payload[4..])})";
            case Http2FrameType.WindowUpdate:
                return $"WindowUpdate({head.StreamId},{Word(payload)})";
            case Http2FrameType.Settings:
                return head.Has(1) ? "SettingsAck" : "Settings";
            case Http2FrameType.Ping:
                return $"{(head.Has(1) ? "PingAck" : "Ping")}({Encoding.Latin1.GetString(payload)})";
            default:
                return head.Type.ToString();
        }
    }

    private static uint Word(ReadOnlySpan<byte> payload) =>
        System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(payload);

    private void Drain()
    {
        while (true)
        {
            var happened = Session.Read(_input, out var consumed);
            _input = _input[consumed..];
            switch (happened)
            {
                case Http2Event.NeedMore:
                    return;
                case Http2Event.ConnectionError:
                    Events.Add($"ConnectionError({Session.Error})");
                    IsClosed = true;
                    return;
                default:
                    OnEvent(happened, Session.Stream);
                    break;
            }
        }
    }

    private void OnEvent(Http2Event happened, Http2Stream? stream)
    {
        switch (happened)
        {
            case Http2Event.StreamBegun:
                stream!.Headers = new HeaderMap();
                stream.Trailers = new HeaderMap();
                return;
            case Http2Event.Data:
                var body = Encoding.Latin1.GetString(_input.AsSpan(0, Math.Min(Session.DataLength, 40)));
                _input = _input[Session.DataLength..];
                Events.Add($"Data({stream!.Id},{body}{(Session.EndStream ? ",end" : "")})");
                if (Consumes)
                {
                    Session.Consumed(stream, Session.DataLength);
                }

                break;
            case Http2Event.StreamError:
                Events.Add($"StreamError({stream!.Id},{Session.StreamFailure})");
                return;
            case Http2Event.StreamReset:
                _waiting.Remove(stream!);
                Events.Add($"StreamReset({stream!.Id},{Session.ErrorCode})");
                return;
            case Http2Event.Headers or Http2Event.Trailers:
                Events.Add($"{happened}({stream!.Id}{(Session.EndStream ? ",end" : "")})");
                break;
            case Http2Event.Settings or Http2Event.WindowOpened:
                SendWaiting();
                return;
            default:
                Events.Add(happened.ToString());
                return;
        }

        if (Session.EndStream && Answer is not null)
        {
            stream!.Owner = Answer;
            _complete.Add(stream);
        }
    }

    /// <summary>Answers the requests that are complete.</summary>
    public void Reply()
    {
        foreach (var stream in _complete)
        {
            Reply(stream);
        }

        _complete.Clear();
        SendWaiting();
    }

    private void Reply(Http2Stream stream)
    {
        if (stream.IsClosed || IsClosed)
        {
            return;
        }

        var headers = new HeaderMap();
        headers.Add(HeaderId.Status, "200"u8);
        Session.WriteHeaders(stream, headers, false);
        _waiting.Add(stream);
    }

    private void SendWaiting()
    {
        foreach (var stream in _waiting.ToArray())
        {
            var left = (byte[])stream.Owner!;
            var length = Math.Min(Math.Min(left.Length, Session.SendableBytes(stream)), Session.PeerFrameBytesMax);
            if (length == 0 || stream.IsClosed)
            {
                continue;
            }

            Session.WriteDataHeader(stream, length, length == left.Length);
            left.AsSpan(0, length).CopyTo(GetSpace(length));
            Commit(length);
            Session.OnDataAppended();
            stream.Owner = left[length..];
            if (length == left.Length)
            {
                _waiting.Remove(stream);
            }
        }
    }
}
