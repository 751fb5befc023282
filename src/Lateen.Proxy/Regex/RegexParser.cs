using System.Text;

namespace Lateen.Proxy.Regex;

/// <summary>
/// Parses RE2 syntax (https://github.com/google/re2/wiki/Syntax). What RE2 refuses — back references, look-around,
/// doubled repetition operators — is refused here, so that an expression means the same as in Envoy.
/// </summary>
internal sealed partial class RegexParser
{
    private const int RepeatMax = 1000;
    private const int DepthMax = 250;

    private readonly int[] _runes;
    private readonly HashSet<string> _names = [];
    private int _at;
    private int _depth;
    private bool _foldCase;
    private bool _multiLine;
    private bool _dotNewLine;
    private bool _swapGreedy;

    private RegexParser(string pattern)
    {
        _runes = [.. pattern.EnumerateRunes().Select(rune => rune.Value)];
    }

    /// <summary>Number of capturing groups seen.</summary>
    public int CaptureCount { get; private set; }

    private bool AtEnd => _at >= _runes.Length;

    public static bool TryParse(string pattern, out RegexNode node, out int captureCount, out string error)
    {
        var parser = new RegexParser(pattern);
        try
        {
            node = parser.ParseAlternation();
            if (!parser.AtEnd)
            {
                throw new RegexSyntaxException("unexpected )");
            }
            error = "";
        }
        catch (RegexSyntaxException e)
        {
            (node, error) = (new RegexNode.Empty(), e.Message);
        }
        captureCount = parser.CaptureCount;
        return error.Length == 0;
    }

    private RegexNode ParseAlternation()
    {
        if (++_depth > DepthMax)
        {
            throw new RegexSyntaxException("expression nests too deeply");
        }
        var branches = new List<RegexNode> { ParseConcat() };
        while (!AtEnd && _runes[_at] == '|')
        {
            _at++;
            branches.Add(ParseConcat());
        }
        _depth--;
        return branches.Count == 1 ? branches[0] : new RegexNode.Alternate(branches);
    }

    private RegexNode ParseConcat()
    {
        var parts = new List<RegexNode>();
        while (!AtEnd && _runes[_at] is not ('|' or ')'))
        {
            if (TryParseQuoted(parts))
            {
                continue;
            }
            var node = ParseAtom();
            if (node is not null)
            {
                parts.Add(ParseRepeat(node));
            }
        }
        return parts.Count switch
        {
            0 => new RegexNode.Empty(),
            1 => parts[0],
            _ => new RegexNode.Concat(parts),
        };
    }

    /// <summary><c>\Q…\E</c>: literal text; a repetition after it concerns its last character.</summary>
    private bool TryParseQuoted(List<RegexNode> parts)
    {
        if (!StartsWith("\\Q"))
        {
            return false;
        }
        _at += 2;
        while (!AtEnd && !StartsWith("\\E"))
        {
            // An escaped backslash stays one inside quoted text in RE2; every character stands for itself.
            parts.Add(Literal(_runes[_at++]));
        }
        if (!AtEnd)
        {
            _at += 2;
        }
        if (parts.Count > 0)
        {
            parts[^1] = ParseRepeat(parts[^1]);
        }
        return true;
    }

    private RegexNode? ParseAtom()
    {
        var rune = _runes[_at++];
        switch (rune)
        {
            case '(':
                return ParseGroup();
            case '[':
                return new RegexNode.Class(ParseClass());
            case '.':
                var any = new RuneSet();
                any.Add(0, _dotNewLine ? RuneSet.Last : '\n' - 1);
                if (!_dotNewLine)
                {
                    any.Add('\n' + 1, RuneSet.Last);
                }
                return new RegexNode.Class(any);
            case '^':
                return new RegexNode.Assertion(_multiLine ? RegexAssertion.BeginLine : RegexAssertion.BeginText);
            case '$':
                return new RegexNode.Assertion(_multiLine ? RegexAssertion.EndLine : RegexAssertion.EndText);
            case '*' or '+' or '?':
                throw new RegexSyntaxException($"no argument for repetition operator: {(char)rune}");
            case '\\':
                return ParseEscape();
            case '{':
                _at--;
                if (TryReadBounds(out _, out _))
                {
                    throw new RegexSyntaxException("no argument for repetition operator: {");
                }
                _at++;
                return Literal('{');
            default:
                return Literal(rune);
        }
    }

    private RegexNode.Class Literal(int rune)
    {
        var set = new RuneSet();
        set.Add(rune, rune, _foldCase);
        return new RegexNode.Class(set);
    }

    private RegexNode ParseRepeat(RegexNode node)
    {
        var start = _at;
        if (!TryReadRepeat(out var min, out var max))
        {
            return node;
        }
        var greedy = true;
        if (!AtEnd && _runes[_at] == '?')
        {
            greedy = false;
            _at++;
        }
        var operatorEnd = _at;
        if (TryReadRepeat(out _, out _))
        {
            var text = string.Concat(_runes[start.._at].Select(rune => char.ConvertFromUtf32(rune)));
            throw new RegexSyntaxException($"bad repetition operator: {text}");
        }
        _at = operatorEnd;
        var repeat = new RegexNode.Repeat(node, min, max, greedy != _swapGreedy);
        if (RepeatSize(repeat) > RepeatMax)
        {
            throw new RegexSyntaxException("bad repetition operator: too large when nested");
        }
        return repeat;
    }

    /// <summary>The product of nested bounds, which RE2 limits like a single bound.</summary>
    private static long RepeatSize(RegexNode node) => node switch
    {
        RegexNode.Repeat { Max: -1, Min: <= 1 } repeat => RepeatSize(repeat.Body),
        RegexNode.Repeat { Max: 1 } repeat => RepeatSize(repeat.Body),
        RegexNode.Repeat repeat => Math.Max(1, Math.Max(repeat.Min, repeat.Max)) * RepeatSize(repeat.Body),
        RegexNode.Capture capture => RepeatSize(capture.Body),
        RegexNode.Concat concat => concat.Parts.Max(RepeatSize),
        RegexNode.Alternate alternate => alternate.Parts.Max(RepeatSize),
        _ => 1,
    };

    private bool TryReadRepeat(out int min, out int max)
    {
        (min, max) = (0, -1);
        if (AtEnd)
        {
            return false;
        }
        switch (_runes[_at])
        {
            case '*':
                _at++;
                return true;
            case '+':
                _at++;
                min = 1;
                return true;
            case '?':
                _at++;
                max = 1;
                return true;
            case '{':
                return TryReadBounds(out min, out max);
            default:
                return false;
        }
    }

    private bool TryReadBounds(out int min, out int max)
    {
        (min, max) = (0, -1);
        var start = _at;
        _at++;
        if (!TryReadNumber(out min))
        {
            _at = start;
            return false;
        }
        max = min;
        if (!AtEnd && _runes[_at] == ',')
        {
            _at++;
            if (!TryReadNumber(out max))
            {
                max = -1;
            }
        }
        if (AtEnd || _runes[_at] != '}')
        {
            _at = start;
            return false;
        }
        _at++;
        if (min > RepeatMax || max > RepeatMax || (max >= 0 && min > max))
        {
            throw new RegexSyntaxException("invalid repetition size");
        }
        return true;
    }

    private bool TryReadNumber(out int number)
    {
        number = 0;
        var start = _at;
        while (!AtEnd && _runes[_at] is >= '0' and <= '9')
        {
            number = Math.Min(100_000, number * 10 + _runes[_at++] - '0');
        }
        return _at > start;
    }

    private RegexNode? ParseGroup()
    {
        var index = -1;
        var saved = (_foldCase, _multiLine, _dotNewLine, _swapGreedy);
        if (!AtEnd && _runes[_at] == '?')
        {
            _at++;
            if (StartsWith("P<") || (StartsWith("<") && !StartsWith("<=") && !StartsWith("<!")))
            {
                _at += _runes[_at] == 'P' ? 2 : 1;
                ReadGroupName();
                index = ++CaptureCount;
            }
            else if (ReadFlags())
            {
                return null;
            }
        }
        else
        {
            index = ++CaptureCount;
        }
        var body = ParseAlternation();
        if (AtEnd)
        {
            throw new RegexSyntaxException("missing closing )");
        }
        _at++;
        (_foldCase, _multiLine, _dotNewLine, _swapGreedy) = saved;
        return index < 0 ? body : new RegexNode.Capture(body, index);
    }

    private void ReadGroupName()
    {
        var name = new StringBuilder();
        while (!AtEnd && _runes[_at] != '>')
        {
            var text = char.ConvertFromUtf32(_runes[_at++]);
            if (text[0] != '_' && !char.IsLetterOrDigit(text, 0))
            {
                throw new RegexSyntaxException("invalid named capture group");
            }
            name.Append(text);
        }
        if (AtEnd || name.Length == 0 || !_names.Add(name.ToString()))
        {
            throw new RegexSyntaxException("invalid named capture group");
        }
        _at++;
    }

    /// <summary>Reads flags; true when they stand alone (<c>(?i)</c>) and no group begins.</summary>
    private bool ReadFlags()
    {
        var isOn = true;
        var seen = false;
        while (!AtEnd)
        {
            var flag = _runes[_at++];
            switch (flag)
            {
                case 'i':
                    _foldCase = isOn;
                    break;
                case 'm':
                    _multiLine = isOn;
                    break;
                case 's':
                    _dotNewLine = isOn;
                    break;
                case 'U':
                    _swapGreedy = isOn;
                    break;
                case '-' when isOn:
                    isOn = false;
                    seen = false;
                    continue;
                case ':' or ')' when isOn || seen:
                    return flag == ')';
                default:
                    throw new RegexSyntaxException("invalid or unsupported Perl syntax");
            }
            seen = true;
        }
        throw new RegexSyntaxException("missing closing )");
    }

    private RegexNode ParseEscape()
    {
        if (AtEnd)
        {
            throw new RegexSyntaxException("trailing \\");
        }
        switch (_runes[_at])
        {
            case 'A':
                return ReadAssertion(RegexAssertion.BeginText);
            case 'z':
                return ReadAssertion(RegexAssertion.EndText);
            case 'b':
                return ReadAssertion(RegexAssertion.WordBoundary);
            case 'B':
                return ReadAssertion(RegexAssertion.NotWordBoundary);
            case 'C':
                _at++;
                return new RegexNode.AnyByte();
            case 'E':
                _at++;
                return new RegexNode.Empty();
        }
        var set = new RuneSet();
        if (!TryReadClassEscape(set))
        {
            var rune = ReadEscapedRune();
            set.Add(rune, rune, _foldCase);
        }
        return new RegexNode.Class(set);
    }

    private RegexNode.Assertion ReadAssertion(RegexAssertion kind)
    {
        _at++;
        return new RegexNode.Assertion(kind);
    }
}
