namespace Lateen.Proxy.Routing;

/// <summary>A share of all requests. Source: <c>type.v3.FractionalPercent</c> with the runtime key that may override
/// it.</summary>
internal readonly record struct FractionalPercent(uint Numerator, uint Denominator, string? RuntimeKey = null)
{
    public static FractionalPercent All { get; } = new(100, 100);

    /// <summary>Whether the random value falls into the share.</summary>
    public bool IsHit(ulong random, RuntimeSettings runtime)
    {
        var (numerator, denominator) = RuntimeKey is null ? (Numerator, Denominator) : runtime.GetFraction(this);
        return denominator > 0 && random % denominator < numerator;
    }
}
