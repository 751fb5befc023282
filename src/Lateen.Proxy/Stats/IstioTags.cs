using System.Globalization;
using System.Text;
using Lateen.Http;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Stats;

/// <summary>Works out the tags of Istio's metrics for a request or connection.</summary>
internal sealed class IstioTags(IstioMetricsConfig config, WorkloadMetadata own)
{
    private const string Unknown = "unknown";

    /// <summary>What the peer told of itself; null when it told nothing.</summary>
    public static object? PeerObject(StreamInfo info, IstioReporter reporter)
    {
        if (reporter != IstioReporter.Source)
        {
            return info.GetFilterState("downstream_peer_obj");
        }
        return info.GetFilterState("upstream_peer_obj") ?? info.UpstreamFilterState?.Get("upstream_peer_obj");
    }

    /// <summary>URI SAN of the peer's or the own certificate; null when there is none.</summary>
    public static byte[]? Principal(StreamInfo info, IstioReporter reporter, bool peer)
    {
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
        var peerNamespace = NamespaceOf(peerPrincipal) is { Length: > 0 } fromPrincipal ? fromPrincipal
            : peer?.Namespace ?? "";
        var (source, destination) = isSource ? (own, peer) : (peer, own);
        var sourceIsPeer = !isSource;
        var tags = new List<KeyValuePair<string, string>>(28)
        {
            new("reporter", config.Reporter switch
            {
                IstioReporter.Source => "source",
                IstioReporter.Destination => "destination",
                _ => "waypoint",
            }),
        };
        AddSide(tags, "source", source, sourceIsPeer, sourceIsPeer ? peerNamespace : own.Namespace,
            sourceIsPeer ? peerPrincipal : ownPrincipal);
        AddDestination(tags, info, destination, !sourceIsPeer, !sourceIsPeer ? peerNamespace : own.Namespace,
            sourceIsPeer ? ownPrincipal : peerPrincipal);
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
        var mutual = peerPrincipal.Length > 0 && ownPrincipal.Length > 0;
        tags.Add(new("connection_security_policy", isSource ? Unknown : mutual ? "mutual_tls" : "none"));
        foreach (var (metric, tag) in config.RemovedTags)
        {
            if (metric.Length == 0)
            {
                tags.RemoveAll(candidate => candidate.Key == tag);
            }
        }
        return [.. tags];
    }

    private static void AddSide(
        List<KeyValuePair<string, string>> tags, string side, WorkloadMetadata? workload, bool isPeer, string ns,
            string principal)
    {
        tags.Add(new($"{side}_workload", Or(workload?.Workload, isPeer)));
        tags.Add(new($"{side}_canonical_service", Or(workload?.CanonicalName, isPeer)));
        tags.Add(new($"{side}_canonical_revision", Or(workload?.CanonicalRevision, isPeer, "latest")));
        tags.Add(new($"{side}_workload_namespace", Or(ns, isPeer)));
        tags.Add(new($"{side}_principal", Or(principal, true)));
        tags.Add(new($"{side}_app", Or(workload?.App, isPeer)));
        tags.Add(new($"{side}_version", Or(workload?.Version, isPeer)));
        tags.Add(new($"{side}_cluster", Or(workload?.Cluster, isPeer)));
    }

    private void AddDestination(
        List<KeyValuePair<string, string>> tags, StreamInfo info, WorkloadMetadata? workload, bool isPeer, string ns,
            string principal)
    {
        var (service, name, serviceNamespace) = Service(info, workload, ns);
        tags.Add(new("destination_workload", Or(workload?.Workload, isPeer)));
        tags.Add(new("destination_workload_namespace", Or(ns, isPeer)));
        tags.Add(new("destination_principal", Or(principal, true)));
        tags.Add(new("destination_app", Or(workload?.App, isPeer)));
        tags.Add(new("destination_version", Or(workload?.Version, isPeer)));
        tags.Add(new("destination_service", Or(service, true)));
        tags.Add(new("destination_canonical_service", Or(workload?.CanonicalName, isPeer)));
        tags.Add(new("destination_canonical_revision", Or(workload?.CanonicalRevision, isPeer, "latest")));
        tags.Add(new("destination_service_name", Or(name, true)));
        tags.Add(new("destination_service_namespace", Or(serviceNamespace, true)));
        tags.Add(new("destination_cluster", Or(workload?.Cluster, isPeer)));
    }

    private (string Host, string Name, string Namespace) Service(
        StreamInfo info, WorkloadMetadata? destination, string peerNamespace)
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
        else if (serviceNamespace.Length == 0 && config.Reporter == IstioReporter.Source)
        {
            serviceNamespace = peerNamespace;
        }
        return (host, name, serviceNamespace);
    }

    private static string Or(string? value, bool isPeer, string missing = Unknown) =>
        !string.IsNullOrEmpty(value) ? value : isPeer ? missing : "";

    private static string Text(byte[]? bytes) => bytes is null ? "" : Encoding.UTF8.GetString(bytes);

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
