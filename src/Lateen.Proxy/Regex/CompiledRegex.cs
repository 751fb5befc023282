using System.Text;

namespace Lateen.Proxy.Regex;

/// <summary>
/// A regular expression with RE2's syntax and meaning, over UTF-8 bytes, in time linear in the text. Matching without
/// groups
/// runs on an automaton that is built as needed; finding groups runs on <see cref="PikeMachine"/>. Any thread.
/// </summary>
internal sealed class CompiledRegex
{
    [ThreadStatic]
    private static PikeMachine? _machine;

    private readonly RegexProgram _program;
    private LazyAutomaton? _full;
    private LazyAutomaton? _search;

    private CompiledRegex(string pattern, RegexProgram program)
    {
        Pattern = pattern;
        _program = program;
    }

    public string Pattern { get; }

    /// <summary>Number of capturing groups, without the whole match.</summary>
    public int GroupCount => _program.CaptureCount;

    /// <summary>Compiles a pattern; false with the reason when RE2 would refuse it.</summary>
    public static bool TryCreate(string pattern, out CompiledRegex? regex, out string error)
    {
        regex = null;
        if (!RegexParser.TryParse(pattern, out var node, out var captureCount, out error))
        {
            return false;
        }
        if (!RegexCompiler.TryCompile(node, captureCount, out var program))
        {
            error = "pattern too large - compile failed";
            return false;
        }
        regex = new CompiledRegex(pattern, program);
        return true;
    }

    /// <summary>Whether the whole text matches.</summary>
    public bool IsFullMatch(ReadOnlySpan<byte> text)
    {
        if (!_program.NeedsContext)
        {
            var automaton = _full ??= new LazyAutomaton(_program, false);
            if (automaton.IsMatch(text) is { } result)
            {
                return result;
            }
        }
        return Machine.Run(_program, text, 0, true, true, []);
    }

    /// <summary>Whether there is a match anywhere in the text.</summary>
    public bool IsMatch(ReadOnlySpan<byte> text)
    {
        if (!_program.NeedsContext)
        {
            var automaton = _search ??= new LazyAutomaton(_program, true);
            if (automaton.IsMatch(text) is { } result)
            {
                return result;
            }
        }
        return Machine.Run(_program, text, 0, false, false, []);
    }

    /// <summary>
    /// Finds the first match at or after <paramref name="start"/>; <paramref name="slots"/> (two per group wanted, the
    /// whole match
    /// first) takes the positions, -1 for groups that took no part.
    /// </summary>
    public bool Find(ReadOnlySpan<byte> text, int start, Span<int> slots, bool fullMatch = false)
    {
        slots.Fill(-1);
        var wanted = Math.Min(slots.Length, 2 * (GroupCount + 1));
        return Machine.Run(_program, text, start, fullMatch, fullMatch, slots[..wanted]);
    }

    /// <summary>Whether a substitution (<c>\0</c> to <c>\9</c>, <c>\\</c>) fits the expression.</summary>
    public bool IsValidRewrite(string rewrite, out string error)
    {
        error = "";
        for (var i = 0; i < rewrite.Length; i++)
        {
            if (rewrite[i] != '\\')
            {
                continue;
            }
            if (++i == rewrite.Length)
            {
                error = "Rewrite schema error: '\\' not allowed at end.";
                return false;
            }
            if (rewrite[i] != '\\' && !char.IsAsciiDigit(rewrite[i]))
            {
                error = "Rewrite schema error: '\\' must be followed by a digit or '\\'.";
                return false;
            }
            if (char.IsAsciiDigit(rewrite[i]) && rewrite[i] - '0' > GroupCount)
            {
                error = $"Rewrite schema requests {rewrite[i] - '0'} matches, but the regexp only has {GroupCount}.";
                return false;
            }
        }
        return true;
    }

    /// <summary>
    /// Replaces all matches (or the first) and writes the outcome; returns how many were replaced. An empty match next
    /// to the
    /// previous one does not count.
    /// </summary>
    public int Replace(ReadOnlySpan<byte> text, ReadOnlySpan<byte> rewrite, ByteBuffer output, bool onlyFirst = false)
    {
        Span<int> slots = stackalloc int[20];
        var count = 0;
        var (at, lastEnd) = (0, -1);
        while (at <= text.Length && Find(text, at, slots))
        {
            var (begin, end) = (slots[0], slots[1]);
            output.Write(text[at..begin]);
            if (begin == lastEnd && begin == end)
            {
                // RE2 steps over one whole character after an empty match where the last match ended.
                var length = begin < text.Length ? CharacterLength(text[begin..]) : 1;
                if (begin < text.Length)
                {
                    output.Write(text.Slice(begin, length));
                }
                at = begin + length;
                continue;
            }
            WriteRewrite(text, rewrite, slots, output);
            count++;
            at = lastEnd = end;
            if (onlyFirst)
            {
                break;
            }
        }
        if (at < text.Length)
        {
            output.Write(text[at..]);
        }
        return count;
    }

    private static PikeMachine Machine => _machine ??= new PikeMachine();

    private static int CharacterLength(ReadOnlySpan<byte> text)
    {
        Rune.DecodeFromUtf8(text, out _, out var length);
        return Math.Max(1, length);
    }

    private static void WriteRewrite(
        ReadOnlySpan<byte> text, ReadOnlySpan<byte> rewrite, ReadOnlySpan<int> slots, ByteBuffer output)
    {
        for (var i = 0; i < rewrite.Length; i++)
        {
            if (rewrite[i] != '\\' || i + 1 == rewrite.Length)
            {
                output.Write(rewrite[i]);
                continue;
            }
            var group = rewrite[++i] - '0';
            if (group is < 0 or > 9)
            {
                output.Write(rewrite[i]);
            }
            else if (slots[2 * group] >= 0)
            {
                output.Write(text[slots[2 * group]..slots[2 * group + 1]]);
            }
        }
    }
}
