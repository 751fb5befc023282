namespace Lateen.Proxy.AccessLog;

/// <summary>What a rule does with a tag. Source: <c>matching.actions.transform_stat.v3.TransformStat</c>.</summary>
/// <param name="Kind">The change.</param>
/// <param name="Value">The new value, where there is one.</param>
internal sealed record StatsTagChange(StatsTagChangeKind Kind, string? Value = null);
