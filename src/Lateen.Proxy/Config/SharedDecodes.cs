using System.Runtime.CompilerServices;
using Google.Protobuf;
using Lateen.Proxy.Tls;

namespace Lateen.Proxy.Config;

/// <summary>
/// Settings that many resources have alike, held once: of equal values the first is used, and what is decoded from
/// equal bytes is decoded once. Only for what is immutable. It forgets when it is full, so that what is no longer in
/// force does not stay for ever. Calls come one at a time, from <see cref="ConfigurationManager"/>.
/// </summary>
internal sealed class SharedDecodes
{
    private const int CountMax = 512;
    private const int KeyBytesMax = 2048;

    private readonly HashSet<object> _values = [];
    private readonly ConditionalWeakTable<object, object> _slots = [];
    private readonly Dictionary<Key, object> _byBytes = [];

    /// <summary>The first of the values that equal this one.</summary>
    public T Share<T>(T value)
        where T : class
    {
        if (_values.TryGetValue(value, out var found))
        {
            return (T)found;
        }
        if (_values.Count >= CountMax)
        {
            _values.Clear();
        }
        _values.Add(value);
        return value;
    }

    /// <summary>What was decoded from these bytes as this kind of thing; null when it is to be decoded.</summary>
    public T? Find<T>(string kind, ByteString bytes)
        where T : class => _byBytes.GetValueOrDefault(new Key(kind, bytes)) as T;

    /// <summary>Keeps what was decoded without an error.</summary>
    public void Keep(string kind, ByteString bytes, object decoded)
    {
        if (bytes.Length > KeyBytesMax)
        {
            return;
        }
        if (_byBytes.Count >= CountMax)
        {
            _byBytes.Clear();
        }
        _byBytes[new Key(kind, bytes)] = decoded;
    }

    /// <summary>The place of a secret that stands in the configuration, which never changes.</summary>
    public SecretSlot<T> SlotOf<T>(T secret)
        where T : class =>
        (SecretSlot<T>)_slots.GetValue(secret, static held => new SecretSlot<T>("") { Current = (T)held });

    /// <summary>Forgets what was decoded from bytes, as nothing is being taken in just now.</summary>
    public void ForgetBytes()
    {
        _byBytes.Clear();
        _byBytes.TrimExcess();
    }

    private sealed record Key(string Kind, ByteString Bytes);
}
