using System.Collections.Immutable;
using Lateen.Core;

namespace Lateen.Galley;

/// <summary>What is to be said of one file.</summary>
/// <param name="Errors">With the object that each belongs to, as <c>Kind/namespace/name</c>.</param>
/// <param name="Warnings">Likewise.</param>
/// <param name="Notes">What the author may want to know; no judgement.</param>
/// <param name="Unreadable">Why reading stopped; null when the whole file was read.</param>
public sealed record FileReport(
    ImmutableArray<(string Subject, ConfigError Error)> Errors,
    ImmutableArray<(string Subject, ConfigError Error)> Warnings,
    ImmutableArray<string> Notes,
    ConfigError? Unreadable)
{
    /// <summary>Whether nothing speaks against the file.</summary>
    public bool IsGood => Errors.IsEmpty && Warnings.IsEmpty && Unreadable is null;
}
