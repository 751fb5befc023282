using System.Globalization;
using System.Text;

namespace Lateen.Proxy.Cel;

/// <summary>Splits an expression into tokens (cel-spec, <c>doc/langdef.md</c>).</summary>
internal sealed class CelLexer
{
    private static readonly string[] _symbols = ["&&", "||", "==", "!=", "<=", ">="];

    private readonly string _text;
    private int _at;

    public CelLexer(string text)
    {
        _text = text;
        Next();
    }

    public CelToken Kind { get; private set; }

    public string Text { get; private set; } = "";

    /// <summary>The bytes of a text or of bytes.</summary>
    public byte[] Bytes { get; private set; } = [];

    /// <summary>Of the present token.</summary>
    public int Position { get; private set; }

    public string Error { get; private set; } = "";

    public void Next()
    {
        SkipBlanks();
        Position = _at;
        if (_at == _text.Length)
        {
            (Kind, Text) = (CelToken.End, "");
            return;
        }
        var c = _text[_at];
        if (char.IsAsciiDigit(c) || (c == '.' && _at + 1 < _text.Length && char.IsAsciiDigit(_text[_at + 1])))
        {
            Take(CelToken.Number, NumberEnd());
            return;
        }
        if (TryPrefix(out var length, out var isRaw, out var isBytes))
        {
            _at += length;
            ReadText(isRaw, isBytes);
        }
        else if (char.IsAsciiLetter(c) || c == '_')
        {
            var end = _at;
            while (end < _text.Length && (char.IsAsciiLetterOrDigit(_text[end]) || _text[end] == '_'))
            {
                end++;
            }
            Take(CelToken.Name, end);
        }
        else
        {
            var isLong = Array.Exists(_symbols, symbol => string.CompareOrdinal(_text, _at, symbol, 0, 2) == 0);
            Take(CelToken.Symbol, _at + (isLong ? 2 : 1));
        }
    }

    private void SkipBlanks()
    {
        while (_at < _text.Length)
        {
            if (char.IsWhiteSpace(_text[_at]))
            {
                _at++;
            }
            else if (string.CompareOrdinal(_text, _at, "//", 0, 2) == 0)
            {
                var end = _text.IndexOf('\n', _at);
                _at = end < 0 ? _text.Length : end;
            }
            else
            {
                return;
            }
        }
    }

    private void Take(CelToken kind, int end)
    {
        (Kind, Text) = (kind, _text[_at..end]);
        _at = end;
    }

    private int NumberEnd()
    {
        var end = _at;
        while (end < _text.Length && (char.IsAsciiLetterOrDigit(_text[end])
            || (_text[end] == '.' && end + 1 < _text.Length && char.IsAsciiDigit(_text[end + 1]))
            || (_text[end] is '+' or '-' && _text[end - 1] is 'e' or 'E' && !_text[_at..end].StartsWith("0x"))))
        {
            end++;
        }
        return end;
    }

    /// <summary>Whether a text begins, after up to two letters that say how it is to be read.</summary>
    private bool TryPrefix(out int length, out bool isRaw, out bool isBytes)
    {
        (length, isRaw, isBytes) = (0, false, false);
        while (length < 2 && _at + length < _text.Length && _text[_at + length] is 'r' or 'R' or 'b' or 'B')
        {
            var raw = _text[_at + length] is 'r' or 'R';
            if (raw ? isRaw : isBytes)
            {
                return false;
            }
            isRaw |= raw;
            isBytes |= !raw;
            length++;
        }
        return _at + length < _text.Length && _text[_at + length] is '\'' or '"';
    }

    private void ReadText(bool isRaw, bool isBytes)
    {
        var quote = _text[_at].ToString();
        if (_text.AsSpan(_at).StartsWith(quote + quote + quote))
        {
            quote += quote + quote;
        }
        var bytes = new List<byte>();
        for (_at += quote.Length; _at < _text.Length; _at++)
        {
            if (string.CompareOrdinal(_text, _at, quote, 0, quote.Length) == 0)
            {
                _at += quote.Length;
                Bytes = [.. bytes];
                (Kind, Text) = (isBytes ? CelToken.Bytes : CelToken.Text, Encoding.UTF8.GetString(Bytes));
                return;
            }
            if (_text[_at] is '\n' or '\r' && quote.Length == 1)
            {
                break;
            }
            if (_text[_at] == '\\' && !isRaw && _at + 1 < _text.Length)
            {
                _at++;
                if (!TryAddEscape(bytes, isBytes))
                {
                    Fail($"'\\{_text[Math.Min(_at, _text.Length - 1)]}' is no escape");
                    return;
                }
                continue;
            }
            var width = char.IsHighSurrogate(_text[_at]) && _at + 1 < _text.Length ? 2 : 1;
            bytes.AddRange(Encoding.UTF8.GetBytes(_text.Substring(_at, width)));
            _at += width - 1;
        }
        Fail("a text does not end");
    }

    private void Fail(string message)
    {
        Error = $"position {Position}: {message}";
        _at = _text.Length;
        (Kind, Text) = (CelToken.End, "");
    }

    private bool TryAddEscape(List<byte> bytes, bool isBytes)
    {
        var c = _text[_at];
        var known = "ntrabfv\\?\"'`".IndexOf(c, StringComparison.Ordinal);
        if (known >= 0)
        {
            bytes.Add((byte)"\n\t\r\a\b\f\v\\?\"'`"[known]);
            return true;
        }
        int code;
        if (c is >= '0' and <= '3')
        {
            if (_at + 3 > _text.Length || _text[_at + 1] is < '0' or > '7' || _text[_at + 2] is < '0' or > '7')
            {
                return false;
            }
            code = ((c - '0') * 64) + ((_text[_at + 1] - '0') * 8) + (_text[_at + 2] - '0');
            _at += 2;
        }
        else
        {
            var digits = c switch { 'x' or 'X' => 2, 'u' => 4, 'U' => 8, _ => 0 };
            if (digits == 0 || (isBytes && digits > 2) || _at + digits >= _text.Length || !int.TryParse(
                _text.AsSpan(_at + 1, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out code))
            {
                return false;
            }
            _at += digits;
        }
        if (isBytes)
        {
            bytes.Add((byte)code);
            return true;
        }
        if (!Rune.IsValid(code))
        {
            return false;
        }
        bytes.AddRange(Encoding.UTF8.GetBytes(new Rune(code).ToString()));
        return true;
    }
}
