using Lateen.Core;
using Lateen.Core.Yaml;

namespace Lateen.Galley.Validation;

/// <summary>Collects what validators find in one object, and adds where it was written.</summary>
internal sealed class Findings(ConfigObject subject)
{
    private readonly List<ConfigError> _errors = [];
    private readonly List<ConfigError> _warnings = [];

    /// <summary>The object that is looked at.</summary>
    public ConfigObject Subject { get; } = subject;

    public void Error(string path, string code, string message, string? hint = null) =>
        _errors.Add(Locate(path, code, message, hint));

    public void Warning(string path, string code, string message, string? hint = null) =>
        _warnings.Add(Locate(path, code, message, hint));

    /// <summary>Reports unless the condition holds.</summary>
    public void Require(bool condition, string path, string code, string message, string? hint = null)
    {
        if (!condition)
        {
            Error(path, code, message, hint);
        }
    }

    /// <summary>
    /// Whether the author wrote a list there and put nothing into it. The message cannot tell: it holds no difference
    /// between an empty list and none.
    /// </summary>
    public bool IsWrittenEmpty(string path) =>
        Subject.Raw is { } raw && NodePath.Find(raw, path) is YamlSequence { Items.Count: 0 }
            or YamlMapping { Entries.Count: 0 };

    public ValidationResult ToResult() =>
        _errors.Count == 0 && _warnings.Count == 0 ? ValidationResult.Good : new([.. _errors], [.. _warnings]);

    private ConfigError Locate(string path, string code, string message, string? hint)
    {
        var at = Subject.Raw is { } raw ? NodePath.Locate(raw, path) : default;
        return new ConfigError(path, code, message, hint, at.File, at.Line, at.Column);
    }
}
