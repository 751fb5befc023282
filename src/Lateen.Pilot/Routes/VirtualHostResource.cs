using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Security.Cryptography;
using Lateen.Pilot.Model;
using Lateen.Xds;
using Lateen.Xds.Server;

namespace Lateen.Pilot.Routes;

/// <summary>
/// One virtual host of a route table as a resource of its own (VHDS). Its routes are the bytes that the tables refer
/// to. Clients of the namespaces in which it has short names get these too.
/// </summary>
internal sealed class VirtualHostResource : ClientTemplate
{
    private readonly VirtualHostEntry _entry;
    private readonly List<string> _namespaces;
    private readonly TableDomains _domains;
    private readonly bool _attemptCount;

    /// <summary>At most one for each namespace in which the host has short names.</summary>
    private readonly ConcurrentDictionary<string, XdsResource> _forNamespace = new(StringComparer.Ordinal);

    private VirtualHostResource(
        string name,
        string version,
        ImmutableArray<ReadOnlyMemory<byte>> pieces,
        VirtualHostEntry entry,
        List<string> namespaces,
        TableDomains domains,
        bool attemptCount)
        : base(TypeUrls.VirtualHost, name, version, pieces)
    {
        _entry = entry;
        _namespaces = namespaces;
        _domains = domains;
        _attemptCount = attemptCount;
    }

    /// <summary>Makes it.</summary>
    /// <param name="table">Name of the route table.</param>
    /// <param name="entry">The virtual host.</param>
    /// <param name="namespaces">Namespaces in which it has short names.</param>
    /// <param name="domains">Who has which domain in the table.</param>
    /// <param name="attemptCount">Requests carry the number of their attempt.</param>
    internal static VirtualHostResource Of(
        string table, VirtualHostEntry entry, List<string> namespaces, TableDomains domains, bool attemptCount)
    {
        var head = entry.HeadAlone(entry.Domains, attemptCount);
        // What clients of its namespaces get may change though this does not: a host that takes a short name away.
        var version = VersionOf(head, entry, namespaces.SelectMany(own => domains.ForNamespace(entry, own)));
        return new VirtualHostResource(
            $"{table}/{entry.Name}", version, [head, entry.Routes.Bytes], entry, namespaces, domains, attemptCount);
    }

    /// <inheritdoc/>
    public override XdsResource For(ClientNames client)
    {
        ArgumentNullException.ThrowIfNull(client);
        return !_namespaces.Contains(client.SearchNamespace) ? this
            : _forNamespace.GetOrAdd(client.SearchNamespace, Compose);
    }

    private XdsResource Compose(string @namespace)
    {
        var head = _entry.HeadAlone(_domains.ForNamespace(_entry, @namespace), _attemptCount);
        return new XdsResource(TypeUrl, Name, VersionOf(head, _entry, []), [head, _entry.Routes.Bytes]);
    }

    private static string VersionOf(byte[] head, VirtualHostEntry entry, IEnumerable<string> more)
    {
        const int VersionBytes = 8;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(head);
        hash.AppendData(entry.Routes.Hash.Span);
        foreach (var domain in more)
        {
            hash.AppendData(System.Text.Encoding.UTF8.GetBytes(domain));
            hash.AppendData([0]);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, VersionBytes));
    }
}
