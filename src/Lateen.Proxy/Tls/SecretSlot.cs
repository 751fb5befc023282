namespace Lateen.Proxy.Tls;

/// <summary>
/// A secret that arrives by SDS and may be replaced: readers take <see cref="Current"/> for each new connection.
/// Written by the
/// configuration thread.
/// </summary>
internal sealed class SecretSlot<T>(string name)
    where T : class
{
    private T? _current;

    public string Name { get; } = name;

    /// <summary>Null until the secret has come; connections are refused until then.</summary>
    public T? Current
    {
        get => Volatile.Read(ref _current);
        set => Volatile.Write(ref _current, value);
    }
}
