using System.Text;

namespace Lateen.Proxy.Transcoding;

/// <summary>
/// Takes the items of a JSON list as its bytes come. Each byte is looked at once, until an item is whole; only short
/// pieces of one are read before, so that what is wrong is told early.
/// </summary>
internal sealed class JsonItems
{
    /// <summary>Bytes of an item that has not ended which are read in vain.</summary>
    private const int PeekBytesMax = 1024;

    private readonly ByteBuffer _text = new();
    private int _start;
    private int _scanned;
    private int _depth;
    private byte _quote;
    private bool _isEscaped;
    private bool _isInItem;
    private bool _hasBegun;
    private bool _needsComma;

    /// <summary>Bytes that wait for the rest of their item.</summary>
    public int Length => _text.Length - _start;

    /// <summary>What is wrong; null while nothing is.</summary>
    public string? Error { get; private set; }

    /// <summary>The list's end has come.</summary>
    public bool HasEnded { get; private set; }

    private ReadOnlySpan<byte> Rest => _text.Written[_start..];

    public void Write(ReadOnlySpan<byte> bytes)
    {
        if (_start > 0)
        {
            var rest = Rest.ToArray();
            _text.Clear();
            _text.Write(rest);
            _scanned -= _start;
            _start = 0;
        }
        _text.Write(bytes);
    }

    /// <summary>The next whole item; null where more is needed, after the end and after an error.</summary>
    public string? Take()
    {
        while (Error is null && _scanned < _text.Length)
        {
            var c = _text.Written[_scanned];
            if (_isInItem)
            {
                if (!IsLast(c, out var isPart))
                {
                    _scanned++;
                    continue;
                }
                var length = _scanned - _start + (isPart ? 1 : 0);
                var item = Encoding.UTF8.GetString(Rest[..length]);
                Drop(length);
                _isInItem = false;
                _needsComma = true;
                return item;
            }
            if (IsSpace(c))
            {
                Drop(1);
            }
            else
            {
                Begin(c);
            }
        }
        Peek();
        return null;
    }

    /// <summary>No more comes: what is missing is an error.</summary>
    public void Finish()
    {
        if (Error is null && !HasEnded)
        {
            Fail(_hasBegun ? "[" : "");
        }
    }

    private static bool IsSpace(byte c) => c is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n';

    private void Begin(byte c)
    {
        if (HasEnded)
        {
            Error = "Parsing terminated before end of input.";
        }
        else if (!_hasBegun)
        {
            if (c != '[')
            {
                Error = "Expected an array instead of an object";
                return;
            }
            _hasBegun = true;
            Drop(1);
        }
        else if (c == ']')
        {
            HasEnded = true;
            Drop(1);
        }
        else if (_needsComma)
        {
            if (c != ',')
            {
                Fail("[0 ");
                return;
            }
            _needsComma = false;
            Drop(1);
        }
        else if (c == ',')
        {
            Fail("[");
        }
        else
        {
            (_isInItem, _depth, _quote, _isEscaped) = (true, 0, 0, false);
        }
    }

    /// <summary>Whether an item ends at this byte, which then is its last one or stands behind it.</summary>
    private bool IsLast(byte c, out bool isPart)
    {
        isPart = true;
        if (_quote != 0)
        {
            var isEnd = !_isEscaped && c == _quote;
            _isEscaped = !_isEscaped && c == '\\';
            _quote = isEnd ? (byte)0 : _quote;
            return isEnd && _depth == 0;
        }
        switch (c)
        {
            case (byte)'"' or (byte)'\'':
                _quote = c;
                return false;
            case (byte)'{' or (byte)'[':
                _depth++;
                return false;
            case (byte)'}' or (byte)']' when _depth > 0:
                return --_depth == 0;
            default:
                isPart = false;
                return _depth == 0 && (c is (byte)',' or (byte)']' || IsSpace(c));
        }
    }

    private void Peek()
    {
        if (Error is null && _isInItem && Length is > 0 and <= PeekBytesMax)
        {
            var json = new JsonBody(Encoding.UTF8.GetString(Rest));
            if (json.Read() is null && !json.IsTruncated)
            {
                Error = json.Error;
            }
        }
    }

    private void Fail(string before)
    {
        var json = new JsonBody(before + Encoding.UTF8.GetString(Rest));
        Error = json.Read() is null ? json.Error : "Expected a value.";
    }

    private void Drop(int count)
    {
        _start += count;
        _scanned = _start;
    }
}
