namespace Lateen.Proxy.Stats;

/// <summary>What the main side has set or counted.</summary>
internal readonly record struct MainStat(int Stat, long Value);
