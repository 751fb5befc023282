using System.Runtime.Intrinsics;

namespace Lateen.Net.Native;

/// <summary>
/// Public keys of P-256 that the handshakes of one thread have read, by their points; the keys are never written to.
/// Peers of a mesh are few and come again: reading a key that is known costs a quarter. All are forgotten when the
/// table is full.
/// </summary>
internal sealed class CurveKeys
{
    private const int EntriesMax = 128;

    [ThreadStatic]
    private static CurveKeys? _current;

    private readonly Dictionary<(Vector256<byte> X, Vector256<byte> Y), nint> _keys = [];

    /// <summary>This thread's; null where no handshake has been.</summary>
    internal static CurveKeys? Current => _current;

    internal int Count => _keys.Count;

    /// <summary>From now on keys that this thread reads are kept: for threads of event loops, which are few and stay.
    /// </summary>
    internal static void Keep() => _current ??= new CurveKeys();

    /// <summary>EC_KEY, which stays this table's; zero for an unknown one.</summary>
    /// <param name="point">Both coordinates, 64 bytes.</param>
    internal nint Find(ReadOnlySpan<byte> point) => _keys.GetValueOrDefault(NameOf(point));

    /// <summary>Takes over one reference to an EC_KEY.</summary>
    /// <param name="point">Both coordinates, 64 bytes.</param>
    /// <param name="key">EC_KEY of this point.</param>
    internal void Add(ReadOnlySpan<byte> point, nint key)
    {
        if (_keys.Count >= EntriesMax)
        {
            foreach (var old in _keys.Values)
            {
                LibCrypto.CurveKeyFree(old);
            }

            _keys.Clear();
        }

        if (!_keys.TryAdd(NameOf(point), key))
        {
            LibCrypto.CurveKeyFree(key);
        }
    }

    private static (Vector256<byte> X, Vector256<byte> Y) NameOf(ReadOnlySpan<byte> point) =>
        (Vector256.Create(point[..32]), Vector256.Create(point[32..]));
}
