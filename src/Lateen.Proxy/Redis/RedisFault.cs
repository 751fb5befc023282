using Lateen.Proxy.Routing;

namespace Lateen.Proxy.Redis;

/// <summary>A fault that is put into a share of commands. Source: <c>RedisProxy.RedisFault</c>.</summary>
/// <param name="IsError">The command is answered with an error and goes nowhere.</param>
/// <param name="Share">Of all commands that it is for.</param>
/// <param name="DelayMillis">How long the answer is held; zero: not.</param>
internal sealed record RedisFault(bool IsError, FractionalPercent Share, long DelayMillis)
{
    /// <summary>In per cent, with the fraction's runtime key.</summary>
    internal double Percent
    {
        get
        {
            var (numerator, denominator) = Share.RuntimeKey is null
                ? (Share.Numerator, Share.Denominator)
                : RuntimeSettings.Current.GetFraction(Share);
            return denominator == 0 ? 0 : numerator * 100.0 / denominator;
        }
    }
}
