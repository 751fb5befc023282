using System.Globalization;
using System.Text;

namespace Lateen.Proxy.Cel;

/// <summary>Splits an expression into tokens.</summary>
internal sealed class CelLexer
{
    private static readonly string[] Symbols = ["&&", "||", "==", "!=", "<=", ">="];

    private readonly string _text;
    private int _at;

    public CelLexer(string text)
    {
        _text = text;
        Next();
    }

    public CelToken Kind { get; private set; }

    public string Text { get; private set; } = "";

    /// <summary>Of the present token.</summary>
    public int Position { get; private set; }

    public string Error { get; private set; } = "";

    public void Next()
    {
        while (_at < _text.Length && char.IsWhiteSpace(_text[_at]))
        {
            _at++;
        }
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
        }
        else if (c is '\'' or '"')
        {
            ReadText(c, false);
        }
        else if (c is 'r' or 'R' or 'b' or 'B' && _at + 1 < _text.Length && _text[_at + 1] is '\'' or '"')
        {
            _at++;
            ReadText(_text[_at], c is 'r' or 'R');
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
            var isLong = Array.Exists(Symbols, symbol => string.CompareOrdinal(_text, _at, symbol, 0, 2) == 0);
            Take(CelToken.Symbol, _at + (isLong ? 2 : 1));
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
        while (end < _text.Length && (char.IsAsciiLetterOrDigit(_text[end]) || _text[end] == '.'
            || (_text[end] is '+' or '-' && _text[end - 1] is 'e' or 'E')))
        {
            end++;
        }
        return end;
    }

    private void ReadText(char quote, bool isRaw)
    {
        var text = new StringBuilder();
        for (_at++; _at < _text.Length && _text[_at] != quote; _at++)
        {
            if (_text[_at] == '\\' && !isRaw && _at + 1 < _text.Length)
            {
                _at++;
                AddEscape(text);
            }
            else
            {
                text.Append(_text[_at]);
            }
        }
        if (_at >= _text.Length)
        {
            Error = $"position {Position}: a text does not end";
            (Kind, Text) = (CelToken.End, "");
            return;
        }
        _at++;
        (Kind, Text) = (CelToken.Text, text.ToString());
    }

    private void AddEscape(StringBuilder text)
    {
        var c = _text[_at];
        var digits = c switch { 'x' => 2, 'u' => 4, 'U' => 8, _ => 0 };
        if (digits > 0 && _at + digits < _text.Length && int.TryParse(
            _text.AsSpan(_at + 1, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code)
            && Rune.IsValid(code))
        {
            text.Append(new Rune(code));
            _at += digits;
            return;
        }
        var known = "ntrabfv".IndexOf(c, StringComparison.Ordinal);
        text.Append(known < 0 ? c : "\n\t\r\a\b\f\v"[known]);
    }
}
