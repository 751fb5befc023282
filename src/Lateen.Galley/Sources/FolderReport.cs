using System.Collections.Immutable;
using Lateen.Core;

namespace Lateen.Galley;

/// <summary>The state of a folder after it was read.</summary>
/// <param name="Files">How many files hold configuration.</param>
/// <param name="Objects">How many objects are in force.</param>
/// <param name="Errors">Broken documents, duplicates, unreadable files.</param>
/// <param name="Warnings">What is in force but looks wrong.</param>
/// <param name="Kept">Objects whose new version is broken and whose last good one is in force instead.</param>
public sealed record FolderReport(
    int Files,
    int Objects,
    ImmutableArray<ConfigError> Errors,
    ImmutableArray<ConfigError> Warnings,
    ImmutableArray<ConfigKey> Kept);
