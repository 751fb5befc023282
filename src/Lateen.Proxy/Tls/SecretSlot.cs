using Lateen.Proxy.Discovery;

namespace Lateen.Proxy.Tls;

/// <summary>
/// A secret that arrives by SDS and may be replaced: readers take <see cref="Current"/> for each new connection.
/// Written by the
/// configuration thread.
/// </summary>
internal sealed class SecretSlot<T>(string name, DiscoverySource? source = null)
    where T : class
{
    private T? _current;

    public string Name { get; } = name;

    /// <summary>Where it comes from; null when it stands in the configuration.</summary>
    public DiscoverySource? Source { get; set; } = source;

    /// <summary>Nothing came in time, or what came was refused: what uses it starts without it.</summary>
    public bool IsGivenUp { get; set; }

    /// <summary>Nobody waits for it.</summary>
    public bool IsSettled => IsGivenUp || Current is not null;

    /// <summary>Null until the secret has come; connections are refused until then.</summary>
    public T? Current
    {
        get => Volatile.Read(ref _current);
        set => Volatile.Write(ref _current, value);
    }
}
