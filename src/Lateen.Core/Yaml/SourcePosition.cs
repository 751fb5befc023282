namespace Lateen.Core.Yaml;

/// <summary>Where in which file something was written.</summary>
/// <param name="File">As it was named when it was read; null for text without a file.</param>
/// <param name="Line">One-based; zero when unknown.</param>
/// <param name="Column">One-based; zero when unknown.</param>
public readonly record struct SourcePosition(string? File, int Line, int Column)
{
    /// <summary><c>file:line:column</c>, as compilers write it.</summary>
    public override string ToString() => Line == 0 ? File ?? "" : $"{File ?? "-"}:{Line}:{Column}";
}
