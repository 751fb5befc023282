using System.Collections.Immutable;

namespace Lateen.Galley;

/// <summary>What one update changed; never empty.</summary>
/// <param name="Before">All objects before.</param>
/// <param name="After">All objects after.</param>
/// <param name="Changes">Each key at most once.</param>
public sealed record ConfigChangeSet(
    ConfigSnapshot Before, ConfigSnapshot After, ImmutableArray<ConfigChange> Changes);
