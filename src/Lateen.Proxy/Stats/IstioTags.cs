using System.Globalization;
using System.Text;
using Lateen.Http;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Stats;

/// <summary>Works out the tags of Istio's metrics for a request or connection.</summary>
internal sealed class IstioTags(IstioMetricsConfig config, WorkloadMetadata own)
{
    private const string Unknown = "unknown";
    private const string PeerPrincipalKey = "io.istio.peer_principal";
    private const string LocalPrincipalKey = "io.istio.local_principal";

    /// <summary>What the peer told of itself; null when it told nothing.</summary>
    public static object? PeerObject(StreamInfo info, IstioReporter reporter)
    {
        return FindPeerState(info, reporter, reporter != IstioReporter.Source
            ? "downstream_peer_obj"
            : "upstream_peer_obj");
    }

    /// <summary>Filter state of the peer's side: for a source also that of the upstream connection.</summary>
    public static object? FindPeerState(StreamInfo info, IstioReporter reporter, string key) =>
        info.GetFilterState(key) ?? (reporter == IstioReporter.Source ? info.UpstreamFilterState?.Get(key) : null);

    /// <summary>Who a waypoint forwards to, as far as that is known.</summary>
    public static object? DestinationObject(StreamInfo info, IstioReporter reporter) =>
        reporter == IstioReporter.Waypoint ? info.GetFilterState("upstream_peer_obj") : null;

    /// <summary>
    /// Identity of the peer or of this side: what the outer connection of a tunnel left in the filter state, as text,
    /// else the URI SAN of the certificate, as bytes; null when there is none.
    /// </summary>
    public static object? Principal(StreamInfo info, IstioReporter reporter, bool peer)
    {
        if (reporter != IstioReporter.Source)
        {
            var ofPeer = info.GetFilterState(PeerPrincipalKey);
            var own = info.GetFilterState(LocalPrincipalKey);
            if (ofPeer is not null || own is not null)
            {
                return peer ? ofPeer : own;
            }
        }
        var tls = reporter == IstioReporter.Source ? info.UpstreamTls : info.Connection.Tls;
        var sans = peer ? tls?.PeerUriSans : tls?.LocalUriSans;
        return sans is { Length: > 0 } ? sans[0] : null;
    }

    public KeyValuePair<string, string>[] Build(StreamInfo info, IstioProtocol protocol, int grpcStatus)
    {
        var peer = PeerObject(info, config.Reporter) as WorkloadMetadata;
        var isSource = config.Reporter == IstioReporter.Source;
        if (peer is null && isSource && info.UpstreamHost is { } host)
        {
            peer = WorkloadMetadata.FromEndpoint(host.Attributes.IstioWorkload);
        }
        var peerPrincipal = Text(Principal(info, config.Reporter, true));
        var ownPrincipal = Text(Principal(info, config.Reporter, false));
        if (isSource && peerPrincipal.Length == 0)
        {
            peerPrincipal = peer?.Identity ?? "";
        }
        var mutual = peerPrincipal.Length > 0 && ownPrincipal.Length > 0;
        var peerNamespace = NamespaceOf(peerPrincipal) is { Length: > 0 } fromPrincipal ? fromPrincipal
            : peer?.Namespace ?? "";
        var (source, destination) = isSource ? (own, peer) : (peer, own);
        var (ownNamespace, sourceIsPeer, destinationIsPeer) = (own.Namespace, !isSource, isSource);
        if (config.Reporter == IstioReporter.Waypoint)
        {
            // What stands behind the waypoint is a peer as well.
            destination = DestinationObject(info, config.Reporter) as WorkloadMetadata;
            destinationIsPeer = true;
            ownPrincipal = destination?.Identity ?? "";
            ownNamespace = NamespaceOf(ownPrincipal) is { Length: > 0 } named ? named : destination?.Namespace ?? "";
        }
        var tags = new List<KeyValuePair<string, string>>(28)
        {
            new("reporter", config.Reporter switch
            {
                IstioReporter.Source => "source",
                IstioReporter.Destination => "destination",
                _ => "waypoint",
            }),
        };
        AddSource(tags, source, sourceIsPeer, sourceIsPeer ? peerNamespace : own.Namespace,
            sourceIsPeer ? peerPrincipal : ownPrincipal);
        AddDestination(tags, info, destination, destinationIsPeer, sourceIsPeer ? ownNamespace : peerNamespace,
            sourceIsPeer ? ownPrincipal : peerPrincipal, protocol);
        tags.Add(new("request_protocol", protocol switch
        {
            IstioProtocol.Http => "http",
            IstioProtocol.Grpc => "grpc",
            _ => "tcp",
        }));
        if (protocol != IstioProtocol.Tcp)
        {
            tags.Add(new("response_code", info.ResponseCode.ToString(CultureInfo.InvariantCulture)));
            tags.Add(new(
                "grpc_response_status", grpcStatus < 0 ? "" : grpcStatus.ToString(CultureInfo.InvariantCulture)));
        }
        tags.Add(new("response_flags", Flags(info.ResponseFlags)));
        tags.Add(new("connection_security_policy", isSource ? Unknown : mutual ? "mutual_tls" : "none"));
        return [.. tags];
    }

    private static void AddSource(
        List<KeyValuePair<string, string>> tags, WorkloadMetadata? workload, bool isPeer, string ns, string principal)
    {
        tags.Add(new("source_workload", Or(workload?.Workload, isPeer)));
        tags.Add(new("source_canonical_service", Or(workload?.CanonicalName, isPeer)));
        tags.Add(new("source_canonical_revision", Or(workload?.CanonicalRevision, isPeer, "latest")));
        tags.Add(new("source_workload_namespace", Or(ns, isPeer)));
        tags.Add(new("source_principal", Or(principal, true)));
        tags.Add(new("source_app", Or(workload?.App, isPeer)));
        tags.Add(new("source_version", Or(workload?.Version, isPeer)));
        tags.Add(new("source_cluster", Or(workload?.Cluster, isPeer)));
    }

    private void AddDestination(
        List<KeyValuePair<string, string>> tags, StreamInfo info, WorkloadMetadata? workload, bool isPeer, string ns,
        string principal, IstioProtocol protocol)
    {
        var (service, name, serviceNamespace) = Service(info, workload, ns, protocol);
        tags.Add(new("destination_workload", Or(workload?.Workload, isPeer)));
        tags.Add(new("destination_workload_namespace", Or(ns, isPeer)));
        tags.Add(new("destination_principal", Or(principal, true)));
        tags.Add(new("destination_app", Or(workload?.App, isPeer)));
        tags.Add(new("destination_version", Or(workload?.Version, isPeer)));
        tags.Add(new("destination_service", Or(service, true)));
        tags.Add(new("destination_canonical_service", Or(workload?.CanonicalName, isPeer)));
        tags.Add(new("destination_canonical_revision", Or(workload?.CanonicalRevision, isPeer,
            config.Reporter == IstioReporter.Waypoint ? Unknown : "latest")));
        tags.Add(new("destination_service_name", Or(name, true)));
        tags.Add(new("destination_service_namespace", Or(serviceNamespace, true)));
        tags.Add(new("destination_cluster", Or(workload?.Cluster, isPeer)));
    }

    private (string Host, string Name, string Namespace) Service(
        StreamInfo info, WorkloadMetadata? destination, string peerNamespace, IstioProtocol protocol)
    {
        var (host, name, serviceNamespace) = info.UpstreamCluster?.Config.IstioService ?? ("", "", "");
        var header = Text(info.RequestHeaders is { } headers ? headers.Get(HeaderId.Authority).ToArray() : null);
        var fallback = config.DisableHostHeaderFallback ? "" : header;
        var clusterName = info.UpstreamCluster?.Name ?? info.UpstreamClusterName;
        if (info.Route?.Name is "block_all" or "allow_any")
        {
            name = info.Route.Name == "block_all" ? "BlackHoleCluster" : "PassthroughCluster";
            host = fallback;
        }
        else if (clusterName is "BlackHoleCluster" or "PassthroughCluster"
            || clusterName.StartsWith("InboundPassthroughCluster", StringComparison.Ordinal))
        {
            name = clusterName;
            host = host.Length > 0 ? host : fallback;
        }
        else
        {
            host = host.Length > 0 ? host : fallback;
            name = name.Length > 0 ? name : host.Split('.')[0];
        }
        if (config.Reporter == IstioReporter.Destination)
        {
            host = host.Length > 0 ? host : destination?.CanonicalName ?? "";
            name = name.Length > 0 ? name : destination?.CanonicalName ?? "";
            serviceNamespace = own.Namespace;
        }
        else if (config.Reporter == IstioReporter.Source
            && (serviceNamespace.Length == 0 || protocol == IstioProtocol.Tcp))
        {
            serviceNamespace = peerNamespace;
        }
        return (host, name, serviceNamespace);
    }

    private static string Or(string? value, bool isPeer, string missing = Unknown) =>
        !string.IsNullOrEmpty(value) ? value : isPeer ? missing : "";

    private static string Text(object? text) =>
        text as string ?? (text is byte[] bytes ? Encoding.UTF8.GetString(bytes) : "");

    private static string NamespaceOf(string principal)
    {
        var start = principal.IndexOf("/ns/", StringComparison.Ordinal);
        if (start < 0)
        {
            return "";
        }
        var end = principal.IndexOf('/', start + 4);
        return end < 0 ? "" : principal[(start + 4)..end];
    }

    private static string Flags(ResponseFlags flags)
    {
        Span<byte> text = stackalloc byte[ResponseFlagNames.TextBytesMax];
        return Encoding.ASCII.GetString(text[..ResponseFlagNames.Format(flags, false, text)]);
    }
}
