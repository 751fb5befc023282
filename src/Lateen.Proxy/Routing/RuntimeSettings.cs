namespace Lateen.Proxy.Routing;

/// <summary>Runtime values by key, merged from the bootstrap's layers. Immutable; a change publishes another
/// one.</summary>
internal sealed class RuntimeSettings(IReadOnlyDictionary<string, RuntimeValue> values)
{
    private static RuntimeSettings _current = new(new Dictionary<string, RuntimeValue>());

    public static RuntimeSettings Empty { get; } = new(new Dictionary<string, RuntimeValue>());

    public IReadOnlyDictionary<string, RuntimeValue> Values { get; } = values;

    /// <summary>The process's settings at present.</summary>
    public static RuntimeSettings Current
    {
        get => Volatile.Read(ref _current);
        set => Volatile.Write(ref _current, value);
    }

    /// <summary>Numerator and denominator in force for a fraction with a key.</summary>
    public (uint Numerator, uint Denominator) GetFraction(FractionalPercent fallback)
    {
        if (fallback.RuntimeKey is null || !Values.TryGetValue(fallback.RuntimeKey, out var value))
        {
            return (fallback.Numerator, fallback.Denominator);
        }
        if (value.IsText)
        {
            return (fallback.Numerator, fallback.Denominator);
        }
        // A plain number counts in the denominator's unit of the configured default, as Envoy does for old-style keys.
        return value.Denominator > 0 ? (value.Numerator, value.Denominator) : ((uint)value.Number, 100);
    }

    public double GetNumber(string key, double fallback) =>
        Values.TryGetValue(key, out var value) && value is { Denominator: 0, IsText: false }
            ? value.Number
            : fallback;
}
