using System.Collections.Immutable;
using Lateen.Core;

namespace Lateen.Galley;

/// <summary>What is wrong with an object.</summary>
/// <param name="Errors">Any of them keeps the object out of force.</param>
/// <param name="Warnings">Worth telling the author; the object is in force.</param>
public sealed record ValidationResult(ImmutableArray<ConfigError> Errors, ImmutableArray<ConfigError> Warnings)
{
    /// <summary>Nothing is wrong.</summary>
    public static ValidationResult Good { get; } = new([], []);

    /// <summary>Whether the object may be in force.</summary>
    public bool IsValid => Errors.IsEmpty;
}
