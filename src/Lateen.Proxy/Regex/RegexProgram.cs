namespace Lateen.Proxy.Regex;

/// <summary>A compiled expression: instructions of a non-deterministic automaton over bytes.</summary>
internal sealed class RegexProgram(RegexInstruction[] instructions, int start, int captureCount)
{
    public RegexInstruction[] Instructions { get; } = instructions;

    public int Start { get; } = start;

    /// <summary>Capturing groups without the whole match.</summary>
    public int CaptureCount { get; } = captureCount;

    /// <summary>Whether word boundaries or line ends are asked for, which the deterministic automaton does not
    /// do.</summary>
    public bool NeedsContext { get; } = instructions.Any(i =>
        i.Kind == RegexInstructionKind.Assert
        && (i.Assertion & ~(RegexAssertion.BeginText | RegexAssertion.EndText)) != 0);
}
