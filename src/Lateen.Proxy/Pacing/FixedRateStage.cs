namespace Lateen.Proxy.Pacing;

/// <summary>A rate of one stream: a sixteenth of a second's bytes at most every 62.5 ms, as Envoy's fault filter
/// does.</summary>
internal sealed class FixedRateStage(long bytesPerSecond, Action over) : RatedStage
{
    private const long NanosPerSecond = 1_000_000_000;
    private const long Portions = 16;

    private double _tokens = (double)bytesPerSecond / Portions;
    private long _filledNanos;

    protected override long IntervalMillis => 1000 / Portions;

    protected override int Take(int wanted, long nowNanos)
    {
        if (_filledNanos > 0)
        {
            var earned = (double)(nowNanos - _filledNanos) / NanosPerSecond * bytesPerSecond;
            _tokens = Math.Min(_tokens + earned, bytesPerSecond);
        }
        _filledNanos = nowNanos;
        var taken = (int)Math.Min(wanted, _tokens);
        _tokens -= taken;
        return taken;
    }

    protected override void OnOver() => over();
}
