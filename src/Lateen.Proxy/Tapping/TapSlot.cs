namespace Lateen.Proxy.Tapping;

/// <summary>What a filter or transport socket taps now: for ever the same, or what the admin port set.</summary>
internal sealed class TapSlot(TapConfig? config)
{
    private TapConfig? _current = config;

    /// <summary>Null: nothing is tapped. Thread: any.</summary>
    public TapConfig? Current
    {
        get => Volatile.Read(ref _current);
        set => Volatile.Write(ref _current, value);
    }
}
