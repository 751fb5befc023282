using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Envoy.Config.Route.V3;
using Google.Protobuf;
using Lateen.Pilot.Listeners;
using Lateen.Pilot.Model;
using Lateen.Xds;
using Lateen.Xds.Server;

namespace Lateen.Pilot.Routes;

/// <summary>
/// The route configuration of an outbound port. Its message is a list of pieces: the routes of each virtual host are
/// bytes that every table with them refers to. Clients of a namespace with services in the table get other domains for
/// these, and everything else shared.
/// </summary>
/// <remarks>Layout: the configuration's own fields, then for each virtual host its head and its routes, then the last
/// virtual host, for hosts that nothing stands for.</remarks>
internal sealed class RouteTable : ClientTemplate
{
    private readonly IReadOnlyList<VirtualHostEntry> _entries;
    private readonly TableDomains _domains;
    private readonly bool _attemptCount;
    private readonly Dictionary<string, List<int>> _byNamespace;
    private readonly ImmutableArray<ReadOnlyMemory<byte>> _layout;
    private readonly XdsResource? _frame;

    /// <summary>One for each namespace with services in the table, so no more than it has virtual hosts.</summary>
    private readonly ConcurrentDictionary<string, XdsResource> _forNamespace = new(StringComparer.Ordinal);

    private RouteTable(
        string name,
        ImmutableArray<ReadOnlyMemory<byte>> layout,
        IReadOnlyList<VirtualHostEntry> entries,
        TableDomains domains,
        string suffix,
        bool attemptCount,
        XdsResource? frame)
        : base(TypeUrls.RouteConfiguration, name, VersionOf(layout, entries), layout)
    {
        _frame = frame;
        _layout = layout;
        _entries = entries;
        _domains = domains;
        _attemptCount = attemptCount;
        _byNamespace = OwnHosts(entries, suffix);
    }

    /// <summary>Puts a table together.</summary>
    /// <param name="head">The configuration without virtual hosts.</param>
    /// <param name="hosts">Its virtual hosts.</param>
    /// <param name="last">The last virtual host.</param>
    /// <param name="client">The client; its search domain has no namespace.</param>
    /// <param name="attemptCount">Requests carry the number of their attempt.</param>
    internal static RouteTable Build(
        RouteConfiguration head, RouteTableBuilder hosts, VirtualHost last, ProxyGroup client, bool attemptCount)
    {
        var entries = hosts.Entries;
        var pieces = ImmutableArray.CreateBuilder<ReadOnlyMemory<byte>>((2 * entries.Count) + 2);
        pieces.Add(head.ToByteArray());
        foreach (var entry in entries)
        {
            pieces.Add(entry.Head(entry.Domains, attemptCount));
            pieces.Add(entry.Routes.Bytes);
        }
        pieces.Add(new RouteConfiguration { VirtualHosts = { last } }.ToByteArray());
        return new RouteTable(
            head.Name, pieces.MoveToImmutable(), entries, hosts.Domains, client.DnsDomain, attemptCount,
            client.Settings.VirtualHostDiscovery && entries.Count > 0 ? Frame(head, last) : null);
    }

    /// <summary>The table for clients that discover its virtual hosts: it does not change with them. For others, and
    /// for what is no such table, the resource itself.</summary>
    internal static XdsResource FrameOf(XdsResource routes) =>
        routes is RouteTable { _frame: { } frame } ? frame : routes;

    /// <summary>The virtual hosts that clients discover, as resources named <c>table/host</c>.</summary>
    internal static IEnumerable<XdsResource> HostsOf(XdsResource routes) =>
        routes is RouteTable { _frame: not null } table ? table.Hosts() : [];

    private static XdsResource Frame(RouteConfiguration head, VirtualHost last)
    {
        var frame = head.Clone();
        frame.Vhds = new Vhds { ConfigSource = ConfigSources.Ads(noTimeout: true) };
        frame.VirtualHosts.Add(last);
        return XdsResource.Create(TypeUrls.RouteConfiguration, head.Name, frame);
    }

    private IEnumerable<XdsResource> Hosts()
    {
        var namespaces = new Dictionary<int, List<string>>();
        foreach (var (own, positions) in _byNamespace)
        {
            foreach (var at in positions)
            {
                (namespaces.TryGetValue(at, out var known) ? known : namespaces[at] = []).Add(own);
            }
        }
        for (var i = 0; i < _entries.Count; i++)
        {
            yield return VirtualHostResource.Of(
                Name, _entries[i], namespaces.GetValueOrDefault(i) ?? [], _domains, _attemptCount);
        }
    }

    /// <inheritdoc/>
    public override XdsResource For(ClientNames client)
    {
        ArgumentNullException.ThrowIfNull(client);
        return client.SearchNamespace.Length == 0 || !_byNamespace.ContainsKey(client.SearchNamespace) ? this
            : _forNamespace.GetOrAdd(client.SearchNamespace, Compose);
    }

    private XdsResource Compose(string @namespace)
    {
        var pieces = _layout.ToBuilder();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.ASCII.GetBytes(Version));
        foreach (var at in _byNamespace[@namespace])
        {
            var head = _entries[at].Head(_domains.ForNamespace(_entries[at], @namespace), _attemptCount);
            pieces[HeadAt(at)] = head;
            hash.AppendData(head);
        }
        return new XdsResource(TypeUrl, Name, Text(hash), pieces.MoveToImmutable());
    }

    private static int HeadAt(int entry) => 1 + (2 * entry);

    private static string VersionOf(
        ImmutableArray<ReadOnlyMemory<byte>> layout, IReadOnlyList<VirtualHostEntry> entries)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(layout[0].Span);
        for (var i = 0; i < entries.Count; i++)
        {
            hash.AppendData(layout[HeadAt(i)].Span);
            hash.AppendData(entries[i].Routes.Hash.Span);
        }
        hash.AppendData(layout[^1].Span);
        return Text(hash);
    }

    private static string Text(IncrementalHash hash)
    {
        const int VersionBytes = 8;
        Span<byte> bytes = stackalloc byte[SHA256.HashSizeInBytes];
        hash.GetHashAndReset(bytes);
        return Convert.ToHexStringLower(bytes[..VersionBytes]);
    }

    /// <summary>Positions of the virtual hosts that have short forms in a namespace, by namespace.</summary>
    private static Dictionary<string, List<int>> OwnHosts(IReadOnlyList<VirtualHostEntry> entries, string suffix)
    {
        var byNamespace = new Dictionary<string, List<int>>(StringComparer.Ordinal);
        for (var i = 0; i < entries.Count; i++)
        {
            if (entries[i].Service is not { } service || suffix.Length == 0)
            {
                continue;
            }
            foreach (var own in entries[i].Aliases.Prepend(service.Hostname)
                .Select(host => NamespaceIn(host, suffix)).OfType<string>().Distinct())
            {
                (byNamespace.TryGetValue(own, out var known) ? known : byNamespace[own] = []).Add(i);
            }
        }
        return byNamespace;
    }

    /// <summary>The namespace in <c>name.namespace.svc.cluster.local</c>; null for other hosts.</summary>
    private static string? NamespaceIn(string host, string suffix)
    {
        var end = host.EndsWith(suffix, StringComparison.Ordinal) ? host.Length - suffix.Length : -1;
        var dot = host.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 && dot + 1 < end ? host[(dot + 1)..end] : null;
    }
}
