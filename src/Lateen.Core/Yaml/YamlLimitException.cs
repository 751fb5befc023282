namespace Lateen.Core.Yaml;

/// <summary>A document breaks one of our own rules; stays inside the reader.</summary>
internal sealed class YamlLimitException(string message, string? hint, SourcePosition position) : Exception(message)
{
    public string? Hint { get; } = hint;

    public SourcePosition Position { get; } = position;
}
