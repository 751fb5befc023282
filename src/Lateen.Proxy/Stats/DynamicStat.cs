namespace Lateen.Proxy.Stats;

/// <summary>A statistic of a scope that is not in its layout.</summary>
internal readonly record struct DynamicStat(string Name, StatKind Kind);
