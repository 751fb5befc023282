namespace Lateen.Proxy.Regex;

/// <summary>
/// A deterministic automaton made out of a program as texts come by: each state is a set of instructions and is made
/// once, so
/// matching is one table read per byte and allocates nothing when warm. Shared by all workers: a state's transitions
/// are written
/// under a lock and read without. Beyond <see cref="StateCountMax"/> states the caller falls back to <see
/// cref="PikeMachine"/>.
/// </summary>
internal sealed class LazyAutomaton
{
    public const int StateCountMax = 500;

    private readonly RegexProgram _program;
    private readonly bool _unanchored;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, State> _states = [];
    private readonly State _start;
    private readonly bool _matchesEmpty;
    private readonly State _dead = new([], false, false);

    public LazyAutomaton(RegexProgram program, bool unanchored)
    {
        _program = program;
        _unanchored = unanchored;
        lock (_lock)
        {
            _start = GetState(Close([program.Start], true));
            _matchesEmpty = MatchesAtEnd([program.Start], RegexAssertion.BeginText | RegexAssertion.EndText);
        }
    }

    /// <summary>Whether the text matches: as a whole, or anywhere in it for the unanchored kind. Null: too many
    /// states.</summary>
    public bool? IsMatch(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty)
        {
            return _matchesEmpty;
        }
        var state = _start;
        foreach (var b in text)
        {
            if (_unanchored && state.Matches)
            {
                return true;
            }
            var next = Volatile.Read(ref state.Next[b]) ?? Build(state, b);
            if (next is null)
            {
                return null;
            }
            if (ReferenceEquals(next, _dead))
            {
                return false;
            }
            state = next;
        }
        return state.MatchesAtEnd;
    }

    private State? Build(State state, byte b)
    {
        lock (_lock)
        {
            if (state.Next[b] is { } known)
            {
                return known;
            }
            if (_states.Count >= StateCountMax)
            {
                return null;
            }
            var seeds = new List<int>();
            foreach (var index in state.Instructions)
            {
                ref readonly var instruction = ref _program.Instructions[index];
                if (instruction.Kind == RegexInstructionKind.Byte && b >= instruction.Low && b <= instruction.High)
                {
                    seeds.Add(instruction.Next);
                }
            }
            if (_unanchored)
            {
                seeds.Add(_program.Start);
            }
            var next = seeds.Count == 0 ? _dead : GetState(Close(seeds, false));
            Volatile.Write(ref state.Next[b], next);
            return next;
        }
    }

    private State GetState(SortedSet<int> instructions)
    {
        var key = string.Join(',', instructions);
        if (!_states.TryGetValue(key, out var state))
        {
            var matches = instructions.Any(i => _program.Instructions[i].Kind == RegexInstructionKind.Match);
            state = new State(
                [.. instructions], matches, matches || MatchesAtEnd(instructions, RegexAssertion.EndText));
            _states.Add(key, state);
        }
        return state;
    }

    /// <summary>What can be reached without a byte. End-of-text conditions stay in the set and are settled at the
    /// end.</summary>
    private SortedSet<int> Close(IEnumerable<int> seeds, bool atBegin)
    {
        var closed = new SortedSet<int>();
        var seen = new HashSet<int>();
        var open = new Stack<int>(seeds);
        while (open.TryPop(out var index))
        {
            if (!seen.Add(index))
            {
                continue;
            }
            ref readonly var instruction = ref _program.Instructions[index];
            switch (instruction.Kind)
            {
                case RegexInstructionKind.Split:
                    open.Push(instruction.Next);
                    open.Push(instruction.Other);
                    break;
                case RegexInstructionKind.Jump or RegexInstructionKind.Capture:
                    open.Push(instruction.Next);
                    break;
                case RegexInstructionKind.Assert when instruction.Assertion == RegexAssertion.BeginText:
                    if (atBegin)
                    {
                        open.Push(instruction.Next);
                    }
                    break;
                case RegexInstructionKind.Fail:
                    break;
                default:
                    closed.Add(index);
                    break;
            }
        }
        return closed;
    }

    /// <summary>Whether a match is reached without a byte while these conditions hold.</summary>
    private bool MatchesAtEnd(IEnumerable<int> instructions, RegexAssertion holding)
    {
        var seen = new HashSet<int>();
        var open = new Stack<int>(instructions);
        while (open.TryPop(out var index))
        {
            if (!seen.Add(index))
            {
                continue;
            }
            ref readonly var instruction = ref _program.Instructions[index];
            switch (instruction.Kind)
            {
                case RegexInstructionKind.Match:
                    return true;
                case RegexInstructionKind.Split:
                    open.Push(instruction.Next);
                    open.Push(instruction.Other);
                    break;
                case RegexInstructionKind.Jump or RegexInstructionKind.Capture:
                case RegexInstructionKind.Assert when (instruction.Assertion & holding) != 0:
                    open.Push(instruction.Next);
                    break;
            }
        }
        return false;
    }

    private sealed class State(int[] instructions, bool matches, bool matchesAtEnd)
    {
        public readonly State?[] Next = new State?[256];

        public int[] Instructions { get; } = instructions;

        public bool Matches { get; } = matches;

        public bool MatchesAtEnd { get; } = matchesAtEnd;
    }
}
