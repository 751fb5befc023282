using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Lateen.Net;

namespace Lateen.Proxy.Tls;

/// <summary>
/// Certificates, keys and authorities that many clusters name: each content is held once, read once and tried once.
/// Safe for any thread.
/// </summary>
internal sealed class SharedSecrets
{
    /// <summary>So many contents, and so many trials, are remembered at most; then it begins anew.</summary>
    private const int Max = 1024;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, WeakReference<byte[]>> _contents = new(StringComparer.Ordinal);
    private readonly HashSet<string> _tried = new(StringComparer.Ordinal);
    private readonly ConditionalWeakTable<byte[], TlsCertificateInfo> _certificates = [];

    /// <summary>The same bytes, in an array that others may have, too.</summary>
    public byte[]? Share(byte[]? content)
    {
        if (content is not { Length: > 0 })
        {
            return content;
        }
        var digest = Convert.ToBase64String(SHA256.HashData(content));
        lock (_lock)
        {
            if (_contents.TryGetValue(digest, out var known) && known.TryGetTarget(out var shared))
            {
                return shared;
            }
            if (_contents.Count >= Max)
            {
                _contents.Clear();
            }
            _contents[digest] = new WeakReference<byte[]>(content);
            return content;
        }
    }

    /// <summary>Whether what a context is built from was tried before and found right.</summary>
    public bool WasTried(string digest)
    {
        lock (_lock)
        {
            return _tried.Contains(digest);
        }
    }

    /// <summary>Remembers that a context could be built from this.</summary>
    public void SetTried(string digest)
    {
        lock (_lock)
        {
            if (_tried.Count >= Max)
            {
                _tried.Clear();
            }
            _tried.Add(digest);
        }
    }

    /// <summary>The first certificate of a shared content; null when there is none.</summary>
    public TlsCertificateInfo? CertificateOf(byte[] pem)
    {
        if (!_certificates.TryGetValue(pem, out var info) && (info = TlsCertificateInfo.FromPem(pem)) is not null)
        {
            _certificates.AddOrUpdate(pem, info);
        }
        return info;
    }
}
