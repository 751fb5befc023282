namespace Lateen.Proxy.Routing;

/// <summary>Runtime values by key, merged from the bootstrap's layers. Immutable; a change publishes another
/// one.</summary>
internal sealed class RuntimeSettings(IReadOnlyDictionary<string, RuntimeValue> values)
{
    private const uint Hundred = 100;
    private static RuntimeSettings _current = new(new Dictionary<string, RuntimeValue>());

    public static RuntimeSettings Empty { get; } = new(new Dictionary<string, RuntimeValue>());

    public IReadOnlyDictionary<string, RuntimeValue> Values { get; } = values;

    /// <summary>The process's settings at present.</summary>
    public static RuntimeSettings Current
    {
        get => Volatile.Read(ref _current);
        set => Volatile.Write(ref _current, value);
    }

    /// <summary>Numerator and denominator in force for a fraction with a key: a share, or a count of per
    /// cent.</summary>
    public (uint Numerator, uint Denominator) GetFraction(FractionalPercent fallback)
    {
        if (fallback.RuntimeKey is null || !Values.TryGetValue(fallback.RuntimeKey, out var value))
        {
            return (fallback.Numerator, fallback.Denominator);
        }
        if (value.Denominator > 0)
        {
            return (value.Numerator, value.Denominator);
        }
        return value.Count is { } percent
            ? ((uint)Math.Min(percent, Hundred), Hundred)
            : (fallback.Numerator, fallback.Denominator);
    }

    /// <summary>A number of zero and above without its fraction; <paramref name="fallback"/> where there is
    /// none.</summary>
    public double GetNumber(string key, double fallback) =>
        Values.TryGetValue(key, out var value) && value.Count is { } count ? count : fallback;

    /// <summary>Any number; <paramref name="fallback"/> where there is none.</summary>
    public double GetDouble(string key, double fallback) =>
        Values.TryGetValue(key, out var value) && value.Number is { } number ? number : fallback;

    /// <summary>A switch; numbers and texts are none.</summary>
    public bool GetFlag(string key, bool fallback) =>
        Values.TryGetValue(key, out var value) && value.Flag is { } flag ? flag : fallback;
}
