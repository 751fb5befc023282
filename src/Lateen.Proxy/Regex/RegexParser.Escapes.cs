using System.Globalization;
using System.Text;

namespace Lateen.Proxy.Regex;

/// <content>Characters after a backslash.</content>
internal sealed partial class RegexParser
{
    /// <summary>Reads one escaped character after the backslash.</summary>
    private int ReadEscapedRune()
    {
        var rune = _runes[_at++];
        switch (rune)
        {
            case 'a':
                return '\a';
            case 'f':
                return '\f';
            case 'n':
                return '\n';
            case 'r':
                return '\r';
            case 't':
                return '\t';
            case 'v':
                return '\v';
            case 'x':
                return ReadHex();
            case >= '1' and <= '7' when AtEnd || _runes[_at] is < '0' or > '7':
            case '8' or '9':
                throw new RegexSyntaxException($"invalid escape sequence: \\{(char)rune}");
            case >= '0' and <= '7':
                var value = rune - '0';
                for (var i = 0; i < 2 && !AtEnd && _runes[_at] is >= '0' and <= '7'; i++)
                {
                    value = value * 8 + _runes[_at++] - '0';
                }
                return value;
            case '_':
                return rune;
            default:
                if (rune < 0x80 && !char.IsAsciiLetterOrDigit((char)rune))
                {
                    return rune;
                }
                throw new RegexSyntaxException($"invalid escape sequence: \\{char.ConvertFromUtf32(rune)}");
        }
    }

    private int ReadHex()
    {
        var digits = new StringBuilder();
        if (!AtEnd && _runes[_at] == '{')
        {
            _at++;
            while (!AtEnd && _runes[_at] != '}')
            {
                digits.Append((char)_runes[_at++]);
            }
            _at++;
        }
        else
        {
            for (var i = 0; i < 2 && !AtEnd; i++)
            {
                digits.Append((char)_runes[_at++]);
            }
            if (digits.Length < 2)
            {
                throw new RegexSyntaxException("invalid escape sequence: \\x");
            }
        }
        if (_at <= _runes.Length
            && int.TryParse(
                digits.ToString(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
            && value is >= 0 and <= RuneSet.Last)
        {
            return value;
        }
        throw new RegexSyntaxException("invalid escape sequence: \\x");
    }
}
