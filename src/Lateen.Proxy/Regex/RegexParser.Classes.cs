using System.Text;

namespace Lateen.Proxy.Regex;

/// <content>Sets of characters: brackets, properties, classes by letter and by POSIX name.</content>
internal sealed partial class RegexParser
{
    private static readonly Dictionary<string, (int Low, int High)[]> PosixClasses = new()
    {
        ["alnum"] = [('0', '9'), ('A', 'Z'), ('a', 'z')],
        ["alpha"] = [('A', 'Z'), ('a', 'z')],
        ["ascii"] = [(0, 0x7f)],
        ["blank"] = [('\t', '\t'), (' ', ' ')],
        ["cntrl"] = [(0, 0x1f), (0x7f, 0x7f)],
        ["digit"] = [('0', '9')],
        ["graph"] = [('!', '~')],
        ["lower"] = [('a', 'z')],
        ["print"] = [(' ', '~')],
        ["punct"] = [('!', '/'), (':', '@'), ('[', '`'), ('{', '~')],
        ["space"] = [('\t', '\r'), (' ', ' ')],
        ["upper"] = [('A', 'Z')],
        ["word"] = [('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')],
        ["xdigit"] = [('0', '9'), ('A', 'F'), ('a', 'f')],
    };

    /// <summary>Reads <c>\d</c>, <c>\pN</c> and the like after the backslash.</summary>
    private bool TryReadClassEscape(RuneSet target)
    {
        var letter = _runes[_at];
        if (letter is 'p' or 'P')
        {
            _at++;
            ReadProperty(target, letter == 'P');
            return true;
        }
        var set = new RuneSet();
        switch (letter | 0x20)
        {
            case 'd':
                set.Add('0', '9');
                break;
            case 's':
                set.Add('\t', '\n');
                set.Add('\f', '\r');
                set.Add(' ', ' ');
                break;
            case 'w':
                set.Add('0', '9');
                set.Add('A', 'Z');
                set.Add('_', '_');
                set.Add('a', 'z');
                break;
            default:
                return false;
        }
        if (letter > 127)
        {
            return false;
        }
        _at++;
        if (letter < 'a')
        {
            target.AddNegated(set);
        }
        else
        {
            target.Add(set);
        }
        return true;
    }

    private void ReadProperty(RuneSet target, bool negated)
    {
        if (AtEnd)
        {
            throw new RegexSyntaxException("invalid character class range");
        }
        var name = new StringBuilder();
        if (_runes[_at] == '{')
        {
            _at++;
            while (!AtEnd && _runes[_at] != '}')
            {
                name.Append(char.ConvertFromUtf32(_runes[_at++]));
            }
        }
        else
        {
            name.Append(char.ConvertFromUtf32(_runes[_at]));
        }
        _at++;
        if (name.Length > 0 && name[0] == '^')
        {
            negated = !negated;
            name.Remove(0, 1);
        }
        var property = _at > _runes.Length ? null : RuneSet.FromProperty(name.ToString());
        if (property is null)
        {
            throw new RegexSyntaxException($"invalid character class range: \\p{{{name}}}");
        }
        if (_foldCase)
        {
            var folded = new RuneSet();
            foreach (var (low, high) in property.Ranges)
            {
                folded.Add(low, high, true);
            }
            property = folded;
        }
        if (negated)
        {
            target.AddNegated(property);
        }
        else
        {
            target.Add(property);
        }
    }

    private RuneSet ParseClass()
    {
        var negated = !AtEnd && _runes[_at] == '^';
        if (negated)
        {
            _at++;
        }
        var set = new RuneSet();
        for (var first = true; ; first = false)
        {
            if (AtEnd)
            {
                throw new RegexSyntaxException("missing closing ]");
            }
            if (_runes[_at] == ']' && !first)
            {
                _at++;
                break;
            }
            if (StartsWith("[:") && TryReadPosixClass(set))
            {
                continue;
            }
            if (_runes[_at] == '\\' && _at + 1 < _runes.Length)
            {
                _at++;
                if (TryReadClassEscape(set))
                {
                    continue;
                }
                _at--;
            }
            ReadClassRange(set);
        }
        if (!negated)
        {
            return set;
        }
        var inverted = new RuneSet();
        inverted.AddNegated(set);
        return inverted;
    }

    private void ReadClassRange(RuneSet set)
    {
        var low = ReadClassRune();
        var high = low;
        if (_at + 1 < _runes.Length && _runes[_at] == '-' && _runes[_at + 1] != ']')
        {
            _at++;
            high = ReadClassRune();
        }
        if (high < low)
        {
            throw new RegexSyntaxException("invalid character class range");
        }
        set.Add(low, high, _foldCase);
    }

    private int ReadClassRune()
    {
        if (AtEnd)
        {
            throw new RegexSyntaxException("missing closing ]");
        }
        var rune = _runes[_at++];
        if (rune != '\\')
        {
            return rune;
        }
        if (AtEnd)
        {
            throw new RegexSyntaxException("trailing \\");
        }
        return ReadEscapedRune();
    }

    private bool TryReadPosixClass(RuneSet target)
    {
        var end = _at + 2;
        while (end + 1 < _runes.Length && !(_runes[end] == ':' && _runes[end + 1] == ']'))
        {
            end++;
        }
        if (end + 1 >= _runes.Length)
        {
            return false;
        }
        var name = string.Concat(_runes[(_at + 2)..end].Select(rune => char.ConvertFromUtf32(rune)));
        var negated = name.StartsWith('^');
        if (!PosixClasses.TryGetValue(negated ? name[1..] : name, out var ranges))
        {
            throw new RegexSyntaxException($"invalid character class range: [:{name}:]");
        }
        var set = new RuneSet();
        foreach (var (low, high) in ranges)
        {
            set.Add(low, high, _foldCase);
        }
        if (negated)
        {
            target.AddNegated(set);
        }
        else
        {
            target.Add(set);
        }
        _at = end + 2;
        return true;
    }

    private bool StartsWith(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (_at + i >= _runes.Length || _runes[_at + i] != text[i])
            {
                return false;
            }
        }
        return true;
    }
}
