namespace Lateen.Proxy.Discovery;

/// <summary>What one subscription is for.</summary>
/// <param name="SourceKey">Its source; empty: the aggregated stream.</param>
/// <param name="TypeUrl">The type.</param>
/// <param name="Name">The resource; empty: all of the type.</param>
internal readonly record struct WatchKey(string SourceKey, string TypeUrl, string Name);
