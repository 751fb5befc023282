namespace Lateen.Proxy.Stats;

/// <summary>What scopes that differ in one name have alike; they share it.</summary>
/// <param name="Store">Where they are.</param>
/// <param name="Layout">Their statistics.</param>
/// <param name="Head">Of their prefix, before the name.</param>
/// <param name="Tail">After it.</param>
internal sealed record StatsScopeKind(StatsStore Store, StatLayout Layout, string Head, string Tail);
