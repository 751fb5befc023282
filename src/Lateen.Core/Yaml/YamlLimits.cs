namespace Lateen.Core.Yaml;

/// <summary>Bounds on what a reader takes in, so that no document can exhaust the process.</summary>
public sealed record YamlLimits
{
    /// <summary>The bounds for configuration files.</summary>
    public static YamlLimits Default { get; } = new();

    /// <summary>Levels of maps and lists inside each other; 100 by default.</summary>
    public int MaxDepth { get; init; } = 100;

    /// <summary>
    /// Values in one document, those reached through aliases counted each time; 1,000,000 by default.
    /// </summary>
    public int MaxNodes { get; init; } = 1_000_000;

    /// <summary>Characters of one text; 64 Mi by default.</summary>
    public int MaxLength { get; init; } = 64 * 1024 * 1024;
}
