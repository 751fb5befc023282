namespace Lateen.Net;

/// <summary>
/// Bounded memory of chains that were verified, by the digest of their bytes: verifying costs more than all the rest of
/// a handshake. A chain is forgotten at the end of the leaf's validity or after an hour, and all are when the table is
/// full.
/// </summary>
internal sealed class TlsVerifiedChains(TimeProvider clock)
{
    private const int EntriesMax = 1024;
    private const long SecondsMax = 3600;

    private readonly Dictionary<ChainKey, (TlsCertificateInfo Info, long Until)> _entries = [];

    internal int Count => _entries.Count;

    internal TlsCertificateInfo? Find(in ChainKey key) =>
        _entries.TryGetValue(key, out var entry) && entry.Until > Now() ? entry.Info : null;

    internal void Add(in ChainKey key, TlsCertificateInfo info, bool untilExpiry)
    {
        if (_entries.Count >= EntriesMax)
        {
            _entries.Clear();
        }

        var until = Now() + SecondsMax;
        _entries[key] = (info, untilExpiry ? Math.Min(until, info.NotAfter) : until);
    }

    private long Now() => clock.GetUtcNow().ToUnixTimeSeconds();

    /// <summary>SHA-256 over the DER of the chain.</summary>
    internal readonly record struct ChainKey(ulong A, ulong B, ulong C, ulong D);
}
