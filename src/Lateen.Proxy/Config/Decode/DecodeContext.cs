using Envoy.Config.Route.V3;
using Envoy.Extensions.TransportSockets.Tls.V3;
using Google.Protobuf;
using Lateen.Core;
using Lateen.Proxy.AccessLog;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Discovery;
using Lateen.Proxy.Listeners;
using Lateen.Proxy.Regex;
using Lateen.Proxy.Stats;
using Lateen.Proxy.Tls;
using TlsCertificate = Lateen.Proxy.Tls.TlsCertificate;

namespace Lateen.Proxy.Config.Decode;

/// <summary>
/// What decoding a resource needs besides its bytes, and where its errors go. One context per resource, so that a bad
/// one is
/// refused alone.
/// </summary>
internal sealed class DecodeContext
{
    public required ProxyResources Resources { get; init; }

    public List<ConfigError> Errors { get; } = [];

    /// <summary>Direction of the listener being decoded.</summary>
    public TrafficDirection Direction { get; set; }

    /// <summary>What statistics of the resource begin with, <c>listener.ADDRESS.</c> or <c>cluster.NAME.</c></summary>
    public string StatsPrefix => StatsOwner.Head.Length == 0 ? "" : $"{StatsOwner.Head}{StatsOwner.Name}.";

    /// <summary>What they belong to: <c>listener.</c> or <c>cluster.</c>, and its name in statistics.</summary>
    public (string Head, string Name) StatsOwner { get; set; } = ("", "");

    /// <summary>Name of the listener being decoded in statistics; empty outside of one.</summary>
    public string ListenerStatPrefix { get; set; } = "";

    /// <summary>Plugins that the route table being decoded names, for its routes.</summary>
    public IReadOnlyDictionary<string, ClusterSpecifierPlugin> ClusterPlugins { get; set; } =
        System.Collections.Immutable.ImmutableDictionary<string, ClusterSpecifierPlugin>.Empty;

    /// <summary>Static resources may read files and are checked against the clusters that exist.</summary>
    public bool IsStatic { get; init; }

    public StatsStore Stats => Resources.Stats;

    public void Error(string path, string code, string message, string? hint = null) =>
        Errors.Add(new ConfigError(path, code, message, hint));

    /// <summary>A scope of the resource.</summary>
    /// <param name="tail">With the dots before and after it.</param>
    /// <param name="layout">Its statistics.</param>
    public StatsScope GetScope(string tail, StatLayout layout) => StatsOwner.Head.Length == 0
        ? Stats.GetScope(tail[1..], layout)
        : Stats.GetScope(StatsOwner.Head, StatsOwner.Name, tail, layout);

    /// <summary>The first of the immutable values that equal this one, so that resources alike share it.</summary>
    public T Share<T>(T value)
        where T : class => Resources.SharedDecodes.Share(value);

    /// <summary>
    /// What <paramref name="decode"/> makes of a message, which is done once for messages alike. Not for what depends
    /// on anything besides the message.
    /// </summary>
    public T? ShareDecoded<T>(IMessage message, Func<T?> decode)
        where T : class
    {
        var bytes = message.ToByteString();
        if (Resources.SharedDecodes.Find<T>(typeof(T).Name, bytes) is { } found)
        {
            return found;
        }
        var errors = Errors.Count;
        var decoded = decode();
        if (decoded is not null && Errors.Count == errors)
        {
            Resources.SharedDecodes.Keep(typeof(T).Name, bytes, decoded);
        }
        return decoded;
    }

    /// <summary>Compiles an expression; null with an error noted when RE2 would refuse it.</summary>
    public CompiledRegex? Regex(string pattern, string path)
    {
        if (CompiledRegex.TryCreate(pattern, out var regex, out var error))
        {
            return regex;
        }
        Error(path, "REGEX", $"{error}: {pattern}", "expressions follow RE2's syntax");
        return null;
    }

    /// <summary>The cluster of a name; its slot exists even before the cluster does.</summary>
    public ClusterSlot Cluster(string name) => Resources.Clusters.GetOrAdd(name);

    /// <summary>The log file of a name, open; null with an error when it cannot be opened.</summary>
    public AccessLogFile? LogFile(string file, string path)
    {
        var log = Resources.AccessLogs.Open(file, out var error);
        if (log is null)
        {
            Error(path, "ACCESS_LOG", error);
        }
        return log;
    }

    /// <summary>The place of a certificate; null with an error when there can be none.</summary>
    public SecretSlot<TlsCertificate>? CertificateSecret(SdsSecretConfig secret, TlsFactoryStats stats, string path)
    {
        if (!TryKey(secret, path, out var key, out var source))
        {
            return null;
        }
        var slot = Resources.Secrets.GetCertificate(key, source);
        Resources.Secrets.AddUser(slot, stats);
        return slot;
    }

    /// <summary>The place of a secret of any bytes; null with the error <paramref name="unknown"/> when there can be
    /// none.</summary>
    public SecretSlot<byte[]>? GenericSecret(SdsSecretConfig secret, string path, string? unknown = null)
    {
        if (secret.SdsConfig is null && !Resources.Secrets.StaticNames.Contains(secret.Name))
        {
            Error(path, "SECRET", unknown ?? $"Unknown static secret: {secret.Name}");
            return null;
        }
        return TryKey(secret, path, out var key, out var source) ? Resources.Secrets.GetGeneric(key, source) : null;
    }

    /// <summary>The place of a validation; null with an error when there can be none.</summary>
    public SecretSlot<CertificateValidation>? ValidationSecret(
        SdsSecretConfig secret, TlsFactoryStats stats, string path)
    {
        if (!TryKey(secret, path, out var key, out var source))
        {
            return null;
        }
        var slot = Resources.Secrets.GetValidation(key, source);
        Resources.Secrets.AddUser(slot, stats);
        return slot;
    }

    /// <summary>The place of a validation with rules of its own; null with an error when there can be none.</summary>
    public SecretSlot<CertificateValidation>? CombinedSecret(
        SdsSecretConfig secret, CertificateValidation basis, TlsFactoryStats stats, string path)
    {
        if (!TryKey(secret, path, out var key, out var source))
        {
            return null;
        }
        Resources.Secrets.AddUser(Resources.Secrets.GetValidation(key, source), stats);
        return Resources.Secrets.GetCombined(key, basis, source);
    }

    /// <summary>The place of ticket keys; null with an error when there can be none.</summary>
    public SecretSlot<byte[][]>? TicketKeySecret(SdsSecretConfig secret, string path) =>
        TryKey(secret, path, out var key, out var source) ? Resources.Secrets.GetTicketKeys(key, source) : null;

    /// <summary>Where a secret comes from (null: it stands in the bootstrap) and the name that it is kept
    /// under.</summary>
    private bool TryKey(SdsSecretConfig secret, string path, out string key, out DiscoverySource? source)
    {
        key = secret.Name;
        source = null;
        if (secret.SdsConfig is null)
        {
            if (Resources.Secrets.StaticNames.Contains(secret.Name))
            {
                return true;
            }
            Error(path, "TLS", $"Unknown static secret: {secret.Name}");
            return false;
        }
        source = SourceDecoder.Decode(secret.SdsConfig, $"{path}.sds_config", this);
        key = source?.Scope(secret.Name) ?? secret.Name;
        return true;
    }
}
