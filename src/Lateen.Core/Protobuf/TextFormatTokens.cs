using System.Globalization;
using System.Text;

namespace Lateen.Core.Protobuf;

/// <summary>The tokens of protobuf's text format: names, numbers, strings, marks; comments and white space
/// go.</summary>
internal sealed class TextFormatTokens(string text)
{
    private int _at;
    private int _line = 1;

    /// <summary>The mark that comes next; NUL at the end.</summary>
    public char Peek()
    {
        Skip();
        return _at < text.Length ? text[_at] : '\0';
    }

    /// <summary>Takes the mark if it comes next.</summary>
    public bool TryTake(char mark)
    {
        if (Peek() != mark || mark == '\0')
        {
            return false;
        }

        _at++;
        return true;
    }

    public void Take(char mark)
    {
        if (!TryTake(mark))
        {
            throw Fail($"expected '{mark}'");
        }
    }

    /// <summary>A name, a number or a literal such as <c>true</c>, with its sign.</summary>
    public string TakeWord()
    {
        Skip();
        var start = _at;
        if (_at < text.Length && text[_at] == '-')
        {
            _at++;
            Skip();
        }

        var word = _at;
        while (_at < text.Length && (char.IsAsciiLetterOrDigit(text[_at]) || text[_at] is '_' or '.' or '+'
            || (text[_at] == '-' && _at > word && text[_at - 1] is 'e' or 'E')))
        {
            _at++;
        }

        return _at == word ? throw Fail("expected a name or a value")
            : (text[start] == '-' ? "-" : "") + text[word.._at];
    }

    /// <summary>What stands between brackets: an extension's name or the URL of a type.</summary>
    public string TakeBracketed()
    {
        Take('[');
        var end = text.IndexOf(']', _at);
        if (end < 0)
        {
            throw Fail("a '[' is not closed");
        }

        var inside = text[_at..end].Trim();
        _at = end + 1;
        return inside;
    }

    /// <summary>Strings, joined as in C.</summary>
    public byte[] TakeString()
    {
        using var bytes = new MemoryStream();
        while (Peek() is '"' or '\'')
        {
            var quote = text[_at++];
            while (_at < text.Length && text[_at] != quote)
            {
                if (text[_at] == '\n')
                {
                    throw Fail("a string is not closed");
                }

                TakeCharacter(bytes);
            }

            if (_at++ >= text.Length)
            {
                throw Fail("a string is not closed");
            }
        }

        return bytes.ToArray();
    }

    public TextFormatException Fail(string what) => new($"line {_line}: {what}");

    private void TakeCharacter(MemoryStream bytes)
    {
        if (text[_at] != '\\')
        {
            var length = char.IsHighSurrogate(text[_at]) && _at + 1 < text.Length ? 2 : 1;
            bytes.Write(Encoding.UTF8.GetBytes(text.Substring(_at, length)));
            _at += length;
            return;
        }

        if (++_at >= text.Length)
        {
            throw Fail("a string is not closed");
        }

        var c = text[_at++];
        switch (c)
        {
            case 'x' or 'X':
                bytes.WriteByte((byte)TakeNumber(2, 16));
                break;
            case 'u' or 'U':
                var rune = TakeNumber(c == 'u' ? 4 : 8, 16);
                if (!Rune.IsValid(rune))
                {
                    throw Fail("no character has this number");
                }

                bytes.Write(Encoding.UTF8.GetBytes(new Rune(rune).ToString()));
                break;
            case >= '0' and <= '7':
                _at--;
                bytes.WriteByte((byte)TakeNumber(3, 8));
                break;
            default:
                var index = "abfnrtv\\'\"?".IndexOf(c, StringComparison.Ordinal);
                bytes.WriteByte(index < 0 ? throw Fail($"unknown escape '\\{c}'")
                    : (byte)"\a\b\f\n\r\t\v\\'\"?"[index]);
                break;
        }
    }

    private int TakeNumber(int digitsMax, int radix)
    {
        var start = _at;
        while (_at < text.Length && _at - start < digitsMax
            && (radix == 16 ? char.IsAsciiHexDigit(text[_at]) : text[_at] is >= '0' and <= '7'))
        {
            _at++;
        }

        return _at == start || !uint.TryParse(radix == 16 ? text[start.._at] : "0", NumberStyles.AllowHexSpecifier,
            CultureInfo.InvariantCulture, out var number)
            ? throw Fail("an escape has no digits")
            : radix == 16 ? (int)number : Convert.ToInt32(text[start.._at], 8);
    }

    private void Skip()
    {
        while (_at < text.Length && (char.IsWhiteSpace(text[_at]) || text[_at] == '#'))
        {
            if (text[_at] == '#')
            {
                var end = text.IndexOf('\n', _at);
                _at = end < 0 ? text.Length : end;
                continue;
            }

            _line += text[_at] == '\n' ? 1 : 0;
            _at++;
        }
    }
}
