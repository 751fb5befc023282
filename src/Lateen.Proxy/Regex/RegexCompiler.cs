namespace Lateen.Proxy.Regex;

/// <summary>Turns a parsed expression into a program over UTF-8 bytes.</summary>
internal sealed class RegexCompiler
{
    /// <summary>Envoy's default limit of a program's size is 100; Istio raises it to 32768, which is what counts
    /// here.</summary>
    public const int InstructionCountMax = 32768;

    private readonly List<RegexInstruction> _instructions = [];

    public static bool TryCompile(RegexNode node, int captureCount, out RegexProgram program)
    {
        var compiler = new RegexCompiler();
        var match = compiler.Emit(new RegexInstruction { Kind = RegexInstructionKind.Match });
        var start = compiler.Compile(node, match);
        program = new RegexProgram([.. compiler._instructions], Math.Max(start, 0), captureCount);
        return start >= 0;
    }

    private int Emit(RegexInstruction instruction)
    {
        if (_instructions.Count >= InstructionCountMax)
        {
            return -1;
        }
        _instructions.Add(instruction);
        return _instructions.Count - 1;
    }

    /// <summary>Emits code that goes on at <paramref name="next"/>; returns where it starts, or -1 when the limit is
    /// hit.</summary>
    private int Compile(RegexNode node, int next)
    {
        if (next < 0)
        {
            return -1;
        }
        switch (node)
        {
            case RegexNode.Empty:
                return next;
            case RegexNode.AnyByte:
                return Emit(
                    new RegexInstruction { Kind = RegexInstructionKind.Byte, Low = 0, High = 255, Next = next });
            case RegexNode.Assertion assertion:
                return Emit(new RegexInstruction
                {
                    Kind = RegexInstructionKind.Assert,
                    Assertion = assertion.Kind,
                    Next = next,
                });
            case RegexNode.Class set:
                return CompileClass(set.Set, next);
            case RegexNode.Capture capture:
                var end = Emit(new RegexInstruction
                {
                    Kind = RegexInstructionKind.Capture,
                    Slot = 2 * capture.Index + 1,
                    Next = next,
                });
                var body = Compile(capture.Body, end);
                return body < 0 ? -1 : Emit(new RegexInstruction
                {
                    Kind = RegexInstructionKind.Capture,
                    Slot = 2 * capture.Index,
                    Next = body,
                });
            case RegexNode.Concat concat:
                for (var i = concat.Parts.Count - 1; i >= 0; i--)
                {
                    next = Compile(concat.Parts[i], next);
                }
                return next;
            case RegexNode.Alternate alternate:
                var start = Compile(alternate.Parts[^1], next);
                for (var i = alternate.Parts.Count - 2; i >= 0; i--)
                {
                    start = Split(Compile(alternate.Parts[i], next), start);
                }
                return start;
            default:
                return CompileRepeat((RegexNode.Repeat)node, next);
        }
    }

    private int Split(int preferred, int other)
    {
        return preferred < 0 || other < 0
            ? -1
            : Emit(new RegexInstruction { Kind = RegexInstructionKind.Split, Next = preferred, Other = other });
    }

    private int CompileRepeat(RegexNode.Repeat repeat, int next)
    {
        if (repeat.Max < 0)
        {
            next = CompileLoop(repeat, next);
        }
        else
        {
            var after = next;
            for (var i = repeat.Min; i < repeat.Max; i++)
            {
                var body = Compile(repeat.Body, next);
                next = repeat.Greedy ? Split(body, after) : Split(after, body);
            }
        }
        for (var i = repeat.Max < 0 && repeat.Min > 0 ? 1 : 0; i < repeat.Min; i++)
        {
            next = Compile(repeat.Body, next);
        }
        return next;
    }

    /// <summary>x* as L: split(x L, next); x+ enters at x, which also keeps the priority of an empty body
    /// right.</summary>
    private int CompileLoop(RegexNode.Repeat repeat, int next)
    {
        var loop = Emit(new RegexInstruction { Kind = RegexInstructionKind.Split, Next = next, Other = next });
        if (loop < 0)
        {
            return -1;
        }
        var body = Compile(repeat.Body, loop);
        if (body < 0)
        {
            return -1;
        }
        var instruction = _instructions[loop];
        (instruction.Next, instruction.Other) = repeat.Greedy ? (body, next) : (next, body);
        _instructions[loop] = instruction;
        if (repeat.Min > 0)
        {
            return body;
        }
        // An expression that can match nothing, starred: (x+)? gives the priorities that RE2 has for x*.
        return repeat.Greedy ? Split(body, next) : Split(next, body);
    }

    private int CompileClass(RuneSet set, int next)
    {
        set.Normalize();
        var start = -1;
        var cache = new Dictionary<(byte, byte, int), int>();
        for (var i = set.Ranges.Count - 1; i >= 0; i--)
        {
            foreach (var sequence in Utf8Ranges.Split(set.Ranges[i].Low, set.Ranges[i].High))
            {
                var at = next;
                for (var j = sequence.Length - 1; j >= 0; j--)
                {
                    var (low, high) = sequence[j];
                    if (j == 0 || !cache.TryGetValue((low, high, at), out var known))
                    {
                        known = Emit(new RegexInstruction
                        {
                            Kind = RegexInstructionKind.Byte,
                            Low = low,
                            High = high,
                            Next = at,
                        });
                        cache[(low, high, at)] = known;
                    }
                    at = known;
                    if (at < 0)
                    {
                        return -1;
                    }
                }
                start = start < 0 ? at : Split(at, start);
                if (start < 0)
                {
                    return -1;
                }
            }
        }
        return start >= 0 ? start : Emit(new RegexInstruction { Kind = RegexInstructionKind.Fail });
    }
}
