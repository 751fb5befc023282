using System.Text;
using Lateen.Http.Http1;

namespace Lateen.Http.Tests.Http1;

/// <summary>Drives a parser over bytes given in pieces, as a connection does, and keeps what comes out as
/// text.</summary>
internal sealed class ParsedStream
{
    private readonly Http1Parser _parser;
    private readonly HeaderMap _headers = new();
    private readonly HeaderMap _trailers = new();
    private readonly List<byte> _pending = [];
    private readonly StringBuilder _text = new();
    private bool _inBody;

    public ParsedStream(bool isRequest, Http1Limits? limits = null)
    {
        _parser = new Http1Parser(isRequest, limits);
    }

    public Http1Error Error => _parser.Error;

    public int Messages { get; private set; }

    public string Body { get; private set; } = "";

    /// <summary>One line per event; body bytes joined.</summary>
    public string Text => _text.ToString();

    public bool Tunnels { get; private set; }

    public List<HeaderMap> Heads { get; } = [];

    public List<string> Bodies { get; } = [];

    public void Feed(ReadOnlySpan<byte> bytes)
    {
        _pending.AddRange(bytes);
        while (Error == Http1Error.None && !Tunnels && Step())
        {
        }
    }

    private bool Step()
    {
        var data = _pending.ToArray();
        if (!_inBody)
        {
            var head = _parser.ReadHead(data, _headers, out var consumed);
            _pending.RemoveRange(0, consumed);
            if (head != Http1Result.HeadDone)
            {
                return false;
            }

            _inBody = true;
            Write(_headers, "head");
            var copy = new HeaderMap();
            copy.CopyFrom(_headers);
            Heads.Add(copy);
            Bodies.Add("");
            return true;
        }

        var result = _parser.ReadBody(data, _trailers, out var skip, out var length);
        var body = Encoding.Latin1.GetString(data, skip, length);
        Bodies[^1] += body;
        _pending.RemoveRange(0, skip + length);
        if (result == Http1Result.MessageDone)
        {
            Write(_trailers, $"end body={Bodies[^1]}");
            Messages++;
            if (_parser.HasUpgrade && _parser.Framing != Http1Framing.Tunnel)
            {
                Tunnels = true;
                return false;
            }

            _parser.BeginMessage();
            _headers.Clear();
            _trailers.Clear();
            _inBody = false;
            return true;
        }

        Tunnels |= _parser.Framing == Http1Framing.Tunnel;
        return result == Http1Result.Data;
    }

    private void Write(HeaderMap map, string title)
    {
        _text.AppendLine(title);
        for (var i = 0; i < map.Count; i++)
        {
            var name = Encoding.Latin1.GetString(map.GetName(i));
            _text.AppendLine($"  {name}: {Encoding.Latin1.GetString(map.GetValue(i))}");
        }
    }
}
