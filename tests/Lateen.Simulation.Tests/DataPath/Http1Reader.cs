using System.Globalization;
using System.Text;

namespace Lateen.Simulation.Tests.DataPath;

/// <summary>
/// Reads HTTP/1.1 messages strictly and simply, independent of the code under test. What it cannot read is an error of
/// the proxy.
/// </summary>
internal sealed class Http1Reader(bool isResponse)
{
    private readonly List<byte> _buffer = [];
    private State _state;
    private long _left;

    private enum State
    {
        Head,
        Fixed,
        ChunkSize,
        ChunkData,
        Trailers,
        UntilEnd,
    }

    public required Action<string, Dictionary<string, string>> OnHead { get; init; }

    public required Action<byte[]> OnBody { get; init; }

    public required Action OnEnd { get; init; }

    /// <summary>Whether the message of this head has no body: an answer to HEAD.</summary>
    public Func<bool> HasNoBody { get; init; } = static () => false;

    /// <summary>The owner wants no more.</summary>
    public bool IsStopped { get; set; }

    /// <summary>Why what came is no HTTP/1.1.</summary>
    public string? Error { get; private set; }

    /// <summary>Nothing of a message has come.</summary>
    public bool IsBetween => _state == State.Head && _buffer.Count == 0;

    public void Feed(byte[] bytes)
    {
        _buffer.AddRange(bytes);
        while (!IsStopped && Error is null && Step())
        {
        }
    }

    /// <summary>The peer has ended its side: true when that ends a message.</summary>
    public bool EndOfInput()
    {
        if (_state != State.UntilEnd)
        {
            return false;
        }

        Finish();
        return true;
    }

    private bool Step()
    {
        switch (_state)
        {
            case State.Head:
                return ReadHead();
            case State.Fixed or State.ChunkData:
                return ReadBytes();
            case State.ChunkSize:
                if (TakeLine() is not { } size)
                {
                    return false;
                }

                _left = long.Parse(size.Split(';')[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
                _state = _left == 0 ? State.Trailers : State.ChunkData;
                return true;
            case State.Trailers:
                if (TakeLine() is not { } line)
                {
                    return false;
                }

                if (line.Length == 0)
                {
                    Finish();
                }

                return true;
            default:
                if (_buffer.Count > 0)
                {
                    OnBody(Take(_buffer.Count));
                }

                return false;
        }
    }

    private bool ReadBytes()
    {
        var n = (int)Math.Min(_left, _buffer.Count);
        if (n > 0)
        {
            _left -= n;
            OnBody(Take(n));
        }

        if (_left > 0)
        {
            return false;
        }

        if (_state == State.Fixed)
        {
            Finish();
            return true;
        }

        if (_buffer.Count < 2)
        {
            return false;
        }

        Take(2);
        _state = State.ChunkSize;
        return true;
    }

    private bool ReadHead()
    {
        var bytes = _buffer.ToArray();
        var end = bytes.AsSpan().IndexOf("\r\n\r\n"u8);
        if (end < 0)
        {
            return false;
        }

        var lines = Encoding.Latin1.GetString(bytes, 0, end).Split("\r\n");
        Take(end + 4);
        var fields = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var line in lines.Skip(1))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0)
            {
                Error = $"'{line}' is no field";
                return false;
            }

            fields[line[..colon]] = line[(colon + 1)..].Trim();
        }

        if (isResponse && !lines[0].StartsWith("HTTP/1.1 ", StringComparison.Ordinal))
        {
            Error = $"'{lines[0]}' is no status line";
            return false;
        }

        Begin(lines[0], fields);
        return true;
    }

    private void Begin(string start, Dictionary<string, string> fields)
    {
        _left = fields.TryGetValue("content-length", out var length)
            ? long.Parse(length, CultureInfo.InvariantCulture) : 0;
        _state = fields.ContainsKey("transfer-encoding") ? State.ChunkSize
            : fields.ContainsKey("content-length") || !isResponse ? State.Fixed : State.UntilEnd;
        OnHead(start, fields);
        if (HasNoBody() || (_state == State.Fixed && _left == 0))
        {
            Finish();
        }
    }

    private void Finish()
    {
        _state = State.Head;
        OnEnd();
    }

    private string? TakeLine()
    {
        var at = _buffer.IndexOf((byte)'\n');
        return at < 0 ? null : Encoding.Latin1.GetString(Take(at + 1)).TrimEnd('\r', '\n');
    }

    private byte[] Take(int count)
    {
        var bytes = _buffer.GetRange(0, count).ToArray();
        _buffer.RemoveRange(0, count);
        return bytes;
    }
}
