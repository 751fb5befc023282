using Lateen.Proxy.Addresses;

namespace Lateen.Proxy.Dns;

/// <summary>A name in the cache. Any thread reads; the cache writes.</summary>
internal sealed class DnsCacheEntry(string name, int port)
{
    private Answer? _answer;
    private long _lastUsedNanos;

    public string Name { get; } = name;

    public int Port { get; } = port;

    /// <summary>Whether the first look-up has ended.</summary>
    public bool IsResolved => Volatile.Read(ref _answer) is not null;

    /// <summary>Empty when the name has no address.</summary>
    public Address Address => Volatile.Read(ref _answer)?.Addresses is [var first, ..] ? first : default;

    public Address[] Addresses => Volatile.Read(ref _answer)?.Addresses ?? [];

    /// <summary>Why there is no address.</summary>
    public string Details => Volatile.Read(ref _answer)?.Details ?? "";

    /// <summary>Who is told of the first answer; under the cache's lock.</summary>
    internal List<Action> Waiting { get; } = [];

    internal long LastUsedNanos => Volatile.Read(ref _lastUsedNanos);

    public void Touch(long nowNanos) => Volatile.Write(ref _lastUsedNanos, nowNanos);

    internal void Set(Address[] addresses, string details) =>
        Volatile.Write(ref _answer, new Answer(addresses, details));

    private sealed record Answer(Address[] Addresses, string Details);
}
