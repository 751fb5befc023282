namespace Lateen.Galley;

/// <summary>One object was added, changed or removed.</summary>
/// <param name="Key">Which.</param>
/// <param name="Before">Null when it was added.</param>
/// <param name="After">Null when it was removed.</param>
public sealed record ConfigChange(ConfigKey Key, ConfigObject? Before, ConfigObject? After);
