namespace Lateen.Capture;

/// <summary>One rule of a table.</summary>
/// <param name="Table">nat, mangle, raw or filter.</param>
/// <param name="Chain">The chain it stands in.</param>
/// <param name="Position">One-based place to insert at; zero appends.</param>
/// <param name="Text">Matches and target, separated by single blanks.</param>
public sealed record CaptureRule(string Table, string Chain, int Position, string Text)
{
    /// <summary>Prefix of the names of all chains of ours.</summary>
    internal const string ChainPrefix = "ISTIO_";

    /// <summary>The line that adds it.</summary>
    public string AddLine => Position == 0 ? $"-A {Chain} {Text}" : $"-I {Chain} {Position} {Text}";

    /// <summary>The chain of ours that it jumps to, or null.</summary>
    public string? JumpTarget
    {
        get
        {
            var at = Text.LastIndexOf("-j " + ChainPrefix, StringComparison.Ordinal);
            return at < 0 ? null : Text[(at + 3)..];
        }
    }
}
