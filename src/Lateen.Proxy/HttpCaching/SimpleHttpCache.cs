using System.Collections.Concurrent;
using Lateen.Http;

namespace Lateen.Proxy.HttpCaching;

/// <summary>
/// Responses in memory, one store for the whole process as Envoy's <c>simple_http_cache</c> is. Bounded: the oldest
/// entries go when it is full. Thread: any.
/// </summary>
internal sealed class SimpleHttpCache
{
    /// <summary>Bytes of all entries together.</summary>
    private const long ByteSizeMax = 64L * 1024 * 1024;

    /// <summary>Entries, variants counted one by one.</summary>
    private const int CountMax = 8192;

    private readonly ConcurrentDictionary<string, CacheEntry> _entries = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<KeyValuePair<string, CacheEntry>> _order = new();
    private long _byteSize;

    /// <summary>Bytes of one response; longer ones are not kept.</summary>
    public const int EntryBytesMax = 4 * 1024 * 1024;

    public int Count => _entries.Count;

    /// <summary>The stored response to a request; null: there is none.</summary>
    public CacheEntry? Find(HeaderMap request)
    {
        var key = CacheRules.KeyOf(request);
        if (!_entries.TryGetValue(key, out var entry))
        {
            return null;
        }
        var vary = CacheRules.VaryOf(entry.Headers);
        return vary.Length == 0 ? entry : _entries.GetValueOrDefault(CacheRules.VariantKey(key, vary, request));
    }

    /// <summary>Keeps the response to a request in place of what was there.</summary>
    public void Put(HeaderMap request, CacheEntry entry)
    {
        if (entry.ByteSize > EntryBytesMax)
        {
            return;
        }
        var key = CacheRules.KeyOf(request);
        var vary = CacheRules.VaryOf(entry.Headers);
        if (vary.Length > 0)
        {
            // What the responses vary by is found under the plain key.
            var names = new HeaderMap();
            names.Add("vary"u8, System.Text.Encoding.Latin1.GetBytes(string.Join(',', vary)));
            Keep(key, new CacheEntry(names, [], new HeaderMap(), entry.ResponseSeconds));
            key = CacheRules.VariantKey(key, vary, request);
        }
        Keep(key, entry);
    }

    private void Keep(string key, CacheEntry entry)
    {
        _entries.AddOrUpdate(key, entry, (_, old) =>
        {
            Interlocked.Add(ref _byteSize, -old.ByteSize);
            return entry;
        });
        Interlocked.Add(ref _byteSize, entry.ByteSize);
        _order.Enqueue(new(key, entry));
        while ((Interlocked.Read(ref _byteSize) > ByteSizeMax || _order.Count > CountMax)
            && _order.TryDequeue(out var oldest))
        {
            // An entry that was replaced since is not the one that is stored: it has gone already.
            if (_entries.TryRemove(oldest))
            {
                Interlocked.Add(ref _byteSize, -oldest.Value.ByteSize);
            }
        }
    }
}
