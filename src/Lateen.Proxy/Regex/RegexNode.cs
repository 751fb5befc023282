namespace Lateen.Proxy.Regex;

/// <summary>A node of a parsed expression.</summary>
internal abstract record RegexNode
{
    internal sealed record Empty : RegexNode;

    internal sealed record Class(RuneSet Set) : RegexNode;

    /// <summary>Any single byte, <c>\C</c>.</summary>
    internal sealed record AnyByte : RegexNode;

    internal sealed record Assertion(RegexAssertion Kind) : RegexNode;

    internal sealed record Concat(IReadOnlyList<RegexNode> Parts) : RegexNode;

    internal sealed record Alternate(IReadOnlyList<RegexNode> Parts) : RegexNode;

    /// <summary>Max -1: unbounded.</summary>
    internal sealed record Repeat(RegexNode Body, int Min, int Max, bool Greedy) : RegexNode;

    internal sealed record Capture(RegexNode Body, int Index) : RegexNode;
}
