namespace Lateen.Proxy.Pacing;

/// <summary>Bytes that may pass, for all workers and both directions together. Thread: any.</summary>
internal sealed class BandwidthBucket(long bytesPerSecond, long fillNanos)
{
    private readonly Lock _lock = new();
    private double _tokens = (double)bytesPerSecond * fillNanos / 1_000_000_000;
    private long _filledNanos;

    /// <summary>How often tokens are worth looking for.</summary>
    public long FillMillis => Math.Max(1, fillNanos / 1_000_000);

    /// <summary>Takes at most <paramref name="wanted"/>.</summary>
    public int Take(int wanted, long nowNanos)
    {
        lock (_lock)
        {
            if (_filledNanos > 0 && nowNanos > _filledNanos)
            {
                var earned = (double)(nowNanos - _filledNanos) / 1_000_000_000 * bytesPerSecond;
                _tokens = Math.Min(_tokens + earned, bytesPerSecond);
            }
            _filledNanos = Math.Max(_filledNanos, nowNanos);
            var taken = (int)Math.Min(wanted, _tokens);
            _tokens -= taken;
            return taken;
        }
    }
}
