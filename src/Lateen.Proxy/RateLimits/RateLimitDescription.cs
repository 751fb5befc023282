namespace Lateen.Proxy.RateLimits;

/// <summary>A descriptor of a request.</summary>
/// <param name="Entries">Its keys and values.</param>
/// <param name="Hits">How much the request counts; null: one.</param>
internal readonly record struct RateLimitDescription(RateLimitEntry[] Entries, ulong? Hits);
