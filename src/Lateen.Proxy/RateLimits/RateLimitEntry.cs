namespace Lateen.Proxy.RateLimits;

/// <summary>One key and value of a descriptor.</summary>
internal readonly record struct RateLimitEntry(string Key, string Value);
