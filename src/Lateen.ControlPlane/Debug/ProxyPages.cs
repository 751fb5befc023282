using System.Globalization;
using Lateen.Core.Yaml;
using Lateen.Pilot.Serving;
using Lateen.Xds;
using Lateen.Xds.Server;

namespace Lateen.ControlPlane.Debug;

/// <summary>Pages about connected proxies.</summary>
internal static class ProxyPages
{
    private static readonly (string TypeUrl, string Name)[] _types =
    [
        (TypeUrls.Cluster, "cluster"), (TypeUrls.ClusterLoadAssignment, "endpoint"), (TypeUrls.Listener, "listener"),
        (TypeUrls.RouteConfiguration, "route"), (TypeUrls.TypedExtensionConfig, "extensionconfig"),
        (TypeUrls.Secret, "secret"), (TypeUrls.NameTable, "nametable"),
    ];

    /// <summary>As istiod's syncz: per proxy, what was sent and what was acknowledged.</summary>
    public static YamlNode Sync(IReadOnlyCollection<XdsStream> streams)
    {
        return new YamlSequence([.. Sessions(streams).Select(s => Sync(s.Stream, s.Served))]);
    }

    public static YamlNode Connections(IReadOnlyCollection<XdsStream> streams, DateTimeOffset now)
    {
        var clients = Sessions(streams).Select(s => new YamlMapping(
            ("connectionId", new YamlScalar($"{s.Served.Proxy.Id}-{s.Stream.Id}")),
            ("connectedAt", new YamlScalar(s.Stream.ConnectedAt.ToString("O", CultureInfo.InvariantCulture))),
            ("connectedSeconds", Number((long)(now - s.Stream.ConnectedAt).TotalSeconds)),
            ("address", new YamlScalar(s.Stream.RemoteEndPoint?.ToString() ?? "")),
            ("identity", new YamlScalar(s.Stream.Identity ?? "")),
            ("protocol", new YamlScalar(s.Stream.IsDelta ? "delta" : "sotw")),
            ("labels", new YamlScalar(s.Served.Proxy.Labels.ToString())),
            ("watches", new YamlMapping([.. s.Stream.GetStatus().Select(t => (
                t.TypeUrl, (YamlNode)Number(t.HeldCount)))])))).ToArray<YamlNode>();
        return new YamlMapping(("totalClients", Number(clients.Length)), ("clients", new YamlSequence([.. clients])));
    }

    private static YamlMapping Sync(XdsStream stream, ServedProxy served)
    {
        var status = stream.GetStatus().ToDictionary(s => s.TypeUrl);
        var entries = new List<(string, YamlNode)>
        {
            ("cluster_id", new YamlScalar(served.Proxy.ClusterId)),
            ("proxy", new YamlScalar(served.Proxy.Id)),
            ("proxy_type", new YamlScalar(served.Proxy.Type.ToString().ToLowerInvariant())),
            ("istio_version", new YamlScalar(served.Proxy.IstioVersion)),
        };
        foreach (var (typeUrl, name) in _types)
        {
            if (!status.TryGetValue(typeUrl, out var type))
            {
                continue;
            }
            entries.Add(($"{name}_sent", new YamlScalar(type.SentNonce)));
            entries.Add(($"{name}_acked", new YamlScalar(type.AckedNonce)));
            entries.Add(($"{name}_version", new YamlScalar(type.SentVersion)));
            if (type.NackError is { } error)
            {
                entries.Add(($"{name}_error", new YamlScalar(error)));
            }
        }
        entries.Add(("resources", new YamlMapping([.. status.Values.Select(s => (s.TypeUrl, (YamlNode)Resource(s)))])));
        var problems = served.Problems.ToList();
        if (problems.Count > 0)
        {
            entries.Add(("left_out", new YamlSequence([.. problems.Select(p => new YamlScalar(p))])));
        }
        return new YamlMapping([.. entries]);
    }

    /// <summary>istiod's ResourceStatus.</summary>
    private static YamlMapping Resource(XdsTypeStatus status)
    {
        var entries = new List<(string, YamlNode)>
        {
            ("sent", new YamlScalar(status.SentNonce)), ("acked", new YamlScalar(status.AckedNonce)),
        };
        if (status.SentAt is { } time)
        {
            entries.Add(("sentTime", new YamlScalar(time.ToString("O", CultureInfo.InvariantCulture))));
        }
        if (status.NackError is { } error)
        {
            entries.Add(("lastError", new YamlScalar(error)));
        }
        return new YamlMapping([.. entries]);
    }

    private static IEnumerable<(XdsStream Stream, ServedProxy Served)> Sessions(IEnumerable<XdsStream> streams)
    {
        return streams.Where(s => s.Session is PilotServer.Session)
            .Select(s => (s, ((PilotServer.Session)s.Session!).Served))
            .OrderBy(s => s.Served.Proxy.Id, StringComparer.Ordinal);
    }

    private static YamlScalar Number(long value) => YamlScalar.Of(value);
}
