namespace Lateen.Core;

/// <summary>One thing that is wrong with a configuration, told so that its author can mend it.</summary>
/// <param name="Path">Where in the object, dotted with indices: <c>spec.http[0].route[1].weight</c>.</param>
/// <param name="Code">Stable identifier of the rule; a retired one is never used again.</param>
/// <param name="Message">What is wrong.</param>
/// <param name="Hint">How to mend it; null when the message says all.</param>
/// <param name="File">The file it was read from; null when it came over the wire.</param>
/// <param name="Line">One-based; zero when unknown.</param>
/// <param name="Column">One-based; zero when unknown.</param>
public sealed record ConfigError(
    string Path,
    string Code,
    string Message,
    string? Hint = null,
    string? File = null,
    int Line = 0,
    int Column = 0)
{
    /// <summary><c>file:line:column: path: message (hint)</c>, without the parts that are unknown.</summary>
    public override string ToString()
    {
        var place = File is null ? "" : Line == 0 ? $"{File}: " : $"{File}:{Line}:{Column}: ";
        var path = Path.Length == 0 ? "" : $"{Path}: ";
        var hint = Hint is null ? "" : $" ({Hint})";
        return $"{place}{path}{Message}{hint}";
    }
}
