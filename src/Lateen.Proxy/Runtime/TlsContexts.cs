using System.Text;
using Lateen.Net;
using Lateen.Proxy.Tls;

namespace Lateen.Proxy.Runtime;

/// <summary>
/// The native contexts of a TLS configuration on one worker. A context is kept until a secret it was built from is
/// another object; connections that began with the old one keep it.
/// </summary>
internal static class TlsContexts
{
    private static readonly byte[] NotReady = "TLS error: Secret is not supplied by SDS"u8.ToArray();

    /// <summary>The server context, or null with the reason.</summary>
    internal static TlsContext? GetServer(Worker worker, TlsContextConfig config, out byte[]? failure) =>
        Get(worker, config, null, out failure);

    /// <summary>The client context, or null with the reason. With <paramref name="requiredName"/> the peer must have
    /// that name, whatever the configuration lists.</summary>
    internal static TlsContext? GetClient(Worker worker, TlsContextConfig config, byte[]? requiredName,
        out byte[]? failure) =>
        Get(worker, config, requiredName, out failure);

    private static TlsContext? Get(Worker worker, TlsContextConfig config, byte[]? requiredName, out byte[]? failure)
    {
        failure = null;
        if (!config.IsReady)
        {
            failure = NotReady;
            config.FactoryStats?.Add(worker.Index, config.IsDownstream
                ? Stats.TlsFactoryStat.DownstreamContextSecretsNotReady
                : Stats.TlsFactoryStat.UpstreamContextSecretsNotReady);
            return null;
        }

        ref var place = ref config.NativeContext(worker.Index);
        var entry = place as Entry;
        if (entry is null || !entry.IsOf(config))
        {
            entry = new Entry(config);
            place = entry;
        }

        return entry.Get(worker, requiredName, out failure);
    }

    /// <summary>The contexts of one set of secrets: one, and one more for each name demanded by the
    /// connection.</summary>
    private sealed class Entry
    {
        private const int NamedMax = 64;

        private readonly TlsContextConfig _config;
        private readonly TlsCertificate[] _certificates;
        private readonly CertificateValidation? _validation;
        private readonly byte[][]? _ticketKeys;
        private readonly List<(byte[] Name, TlsContext Context)> _named = [];
        private TlsContext? _context;
        private byte[]? _failure;

        internal Entry(TlsContextConfig config)
        {
            _config = config;
            _certificates = [.. config.Certificates.Select(slot => slot.Current!)];
            _validation = config.Validation?.Current;
            _ticketKeys = config.TicketKeys?.Current;
        }

        internal bool IsOf(TlsContextConfig config)
        {
            for (var i = 0; i < _certificates.Length; i++)
            {
                if (!ReferenceEquals(_certificates[i], config.Certificates[i].Current))
                {
                    return false;
                }
            }

            return ReferenceEquals(_validation, config.Validation?.Current)
                && ReferenceEquals(_ticketKeys, config.TicketKeys?.Current);
        }

        internal TlsContext? Get(Worker worker, byte[]? requiredName, out byte[]? failure)
        {
            if (requiredName is null)
            {
                if (_context is null && _failure is null)
                {
                    _context = Build(worker, null);
                }

                failure = _failure;
                return _context;
            }

            foreach (var (name, context) in _named)
            {
                if (name.AsSpan().SequenceEqual(requiredName))
                {
                    failure = null;
                    return context;
                }
            }

            if (_named.Count >= NamedMax)
            {
                _named.RemoveAt(0);
            }

            var built = Build(worker, requiredName);
            failure = _failure;
            if (built is not null)
            {
                _named.Add((requiredName, built));
            }

            return built;
        }

        private TlsContext? Build(Worker worker, byte[]? requiredName)
        {
            try
            {
                return new TlsContext(TlsOptions.Build(
                    _config, _certificates, _validation, _ticketKeys, requiredName, worker.Clock));
            }
            catch (TlsConfigurationException wrong)
            {
                _failure = Encoding.UTF8.GetBytes(wrong.Message);
                worker.Log.Error($"TLS context: {wrong.Message}");
                return null;
            }
        }
    }
}
