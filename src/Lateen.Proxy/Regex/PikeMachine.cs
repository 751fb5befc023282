using System.Diagnostics;

namespace Lateen.Proxy.Regex;

/// <summary>
/// Runs a program over bytes with all its threads side by side, so that time is linear in the text; finds the leftmost
/// match,
/// preferring earlier alternatives, with its groups. One machine per thread, reused.
/// </summary>
internal sealed class PikeMachine
{
    private RegexProgram _program = null!;
    private int _slotCount;
    private int[] _current = [];
    private int[] _next = [];
    private int[] _currentSlots = [];
    private int[] _nextSlots = [];
    private int[] _mark = [];
    private int[] _stack = [];
    private int[] _scratch = [];
    private int _generation;

    /// <summary>
    /// Looks for a match from <paramref name="start"/> on. <paramref name="slots"/> takes begin and end of each group,
    /// -1 for those
    /// that took no part. With <paramref name="anchorStart"/> it must begin there, with <paramref name="anchorEnd"/>
    /// end at the end.
    /// </summary>
    public bool Run(
        RegexProgram program, ReadOnlySpan<byte> text, int start, bool anchorStart, bool anchorEnd, Span<int> slots)
    {
        Prepare(program, slots.Length);
        var count = 0;
        var matched = false;
        _generation++;
        for (var at = start; ; at++)
        {
            if (!matched && (!anchorStart || at == start))
            {
                _scratch.AsSpan(0, _slotCount).Fill(-1);
                if (_slotCount > 0)
                {
                    _scratch[0] = at;
                }
                count = AddThread(_current, _currentSlots, count, program.Start, text, at);
            }
            if (count == 0 && (matched || anchorStart))
            {
                return matched;
            }
            var nextCount = 0;
            _generation++;
            for (var i = 0; i < count; i++)
            {
                ref readonly var instruction = ref program.Instructions[_current[i]];
                if (instruction.Kind == RegexInstructionKind.Match)
                {
                    if (anchorEnd && at != text.Length)
                    {
                        continue;
                    }
                    _currentSlots.AsSpan(i * _slotCount, _slotCount).CopyTo(slots);
                    if (slots.Length > 1)
                    {
                        slots[1] = at;
                    }
                    matched = true;
                    break;
                }
                if (at < text.Length && text[at] >= instruction.Low && text[at] <= instruction.High)
                {
                    _currentSlots.AsSpan(i * _slotCount, _slotCount).CopyTo(_scratch);
                    nextCount = AddThread(_next, _nextSlots, nextCount, instruction.Next, text, at + 1);
                }
            }
            if (at >= text.Length)
            {
                return matched;
            }
            (_current, _next) = (_next, _current);
            (_currentSlots, _nextSlots) = (_nextSlots, _currentSlots);
            count = nextCount;
        }
    }

    private void Prepare(RegexProgram program, int slotCount)
    {
        Debug.Assert(slotCount <= 2 * (program.CaptureCount + 1), "more slots than groups");
        var size = program.Instructions.Length;
        _program = program;
        _slotCount = slotCount;
        if (_mark.Length < size)
        {
            _current = new int[size];
            _next = new int[size];
            _mark = new int[size];
            _stack = new int[3 * size + 8];
            _generation = 0;
        }
        if (_currentSlots.Length < size * slotCount)
        {
            _currentSlots = new int[size * slotCount];
            _nextSlots = new int[size * slotCount];
        }
        if (_scratch.Length < slotCount)
        {
            _scratch = new int[slotCount];
        }
        if (_generation > int.MaxValue / 2)
        {
            Array.Clear(_mark);
            _generation = 0;
        }
    }

    /// <summary>Follows all ways that need no byte, in order of preference; the slots of the thread are in the
    /// scratch.</summary>
    private int AddThread(int[] list, int[] slots, int count, int pc, ReadOnlySpan<byte> text, int at)
    {
        var depth = 0;
        Push(ref depth, pc, -1, 0);
        while (depth > 0)
        {
            depth -= 3;
            var (instructionIndex, slot, value) = (_stack[depth], _stack[depth + 1], _stack[depth + 2]);
            if (slot >= 0)
            {
                _scratch[slot] = value;
                continue;
            }
            if (_mark[instructionIndex] == _generation)
            {
                continue;
            }
            _mark[instructionIndex] = _generation;
            ref readonly var instruction = ref _program.Instructions[instructionIndex];
            switch (instruction.Kind)
            {
                case RegexInstructionKind.Jump:
                    Push(ref depth, instruction.Next, -1, 0);
                    break;
                case RegexInstructionKind.Split:
                    Push(ref depth, instruction.Other, -1, 0);
                    Push(ref depth, instruction.Next, -1, 0);
                    break;
                case RegexInstructionKind.Capture:
                    if (instruction.Slot < _slotCount)
                    {
                        Push(ref depth, 0, instruction.Slot, _scratch[instruction.Slot]);
                        _scratch[instruction.Slot] = at;
                    }
                    Push(ref depth, instruction.Next, -1, 0);
                    break;
                case RegexInstructionKind.Assert:
                    if (Holds(instruction.Assertion, text, at))
                    {
                        Push(ref depth, instruction.Next, -1, 0);
                    }
                    break;
                case RegexInstructionKind.Fail:
                    break;
                default:
                    list[count] = instructionIndex;
                    _scratch.AsSpan(0, _slotCount).CopyTo(slots.AsSpan(count * _slotCount));
                    count++;
                    break;
            }
        }
        return count;
    }

    private void Push(ref int depth, int pc, int slot, int value)
    {
        if (depth + 3 > _stack.Length)
        {
            Array.Resize(ref _stack, _stack.Length * 2);
        }
        _stack[depth++] = pc;
        _stack[depth++] = slot;
        _stack[depth++] = value;
    }

    private static bool Holds(RegexAssertion assertion, ReadOnlySpan<byte> text, int at) => assertion switch
    {
        RegexAssertion.BeginText => at == 0,
        RegexAssertion.EndText => at == text.Length,
        RegexAssertion.BeginLine => at == 0 || text[at - 1] == '\n',
        RegexAssertion.EndLine => at == text.Length || text[at] == '\n',
        RegexAssertion.WordBoundary => IsBoundary(text, at),
        _ => !IsBoundary(text, at),
    };

    private static bool IsBoundary(ReadOnlySpan<byte> text, int at) =>
        (at > 0 && IsWord(text[at - 1])) != (at < text.Length && IsWord(text[at]));

    private static bool IsWord(byte b) => char.IsAsciiLetterOrDigit((char)b) || b == '_';
}
