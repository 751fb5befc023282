using Envoy.Config.Core.V3;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Lateen.Pilot.Graph;

namespace Lateen.Pilot.Model;

/// <summary>Reads the node message of a proxy (contract 4.1).</summary>
public static class NodeReader
{
    private static readonly (string Block, string OldName)[] _effectiveBlocks =
    [
        ("gatewayTopology", "gateway_topology"), ("proxyHeaders", "proxy_headers"), ("tracing", "tracing"),
    ];

    private const string ReasonPrefix = "node id";

    /// <summary>The proxy, or null and what is wrong with the node.</summary>
    public static Proxy? Read(Node node, string domainSuffix, out string? error)
    {
        ArgumentNullException.ThrowIfNull(node);
        var parts = node.Id.Split('~');
        if (parts.Length != 4)
        {
            error = $"{ReasonPrefix} '{node.Id}' must be <type>~<ip>~<pod>.<namespace>~<domain>";
            return null;
        }
        ProxyType? type = parts[0] switch
        {
            "sidecar" => ProxyType.Sidecar,
            "router" => ProxyType.Router,
            _ => null,
        };
        if (type is null)
        {
            error = $"{ReasonPrefix} '{node.Id}': type must be sidecar or router, not '{parts[0]}'";
            return null;
        }
        var metadata = node.Metadata ?? new Struct();
        var listed = Text(metadata, "INSTANCE_IPS")
            .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var addresses = (listed.Length > 0 ? listed : [parts[1]]).Where(a => System.Net.IPAddress.TryParse(a, out _))
            .ToEquatable();
        if (addresses.IsEmpty)
        {
            error = $"{ReasonPrefix} '{node.Id}' has no valid address";
            return null;
        }
        error = null;
        var @namespace = Text(metadata, "NAMESPACE") is { Length: > 0 } given ? given : parts[3].Split('.')[0];
        var labels = LabelsOf(metadata);
        return new Proxy
        {
            NodeId = node.Id,
            Type = type.Value,
            Id = parts[2],
            Namespace = @namespace,
            Addresses = addresses,
            DnsDomain = parts[3].Length > 0 ? parts[3] : $"{@namespace}.svc.{domainSuffix}",
            Labels = labels,
            Locality = LocalityOf(node, labels),
            Network = Text(metadata, "NETWORK"),
            ClusterId = Text(metadata, "CLUSTER_ID"),
            ServiceAccount = Text(metadata, "SERVICE_ACCOUNT"),
            NodeName = Text(metadata, "NODE_NAME"),
            IstioVersion = Text(metadata, "ISTIO_VERSION"),
            Settings = SettingsOf(node, metadata),
        };
    }

    private static ProxySettings SettingsOf(Node node, Struct metadata)
    {
        return new ProxySettings
        {
            InterceptionMode = Text(metadata, "INTERCEPTION_MODE") switch
            {
                "TPROXY" => InterceptionMode.Tproxy,
                "NONE" => InterceptionMode.None,
                _ => InterceptionMode.Redirect,
            },
            MeshId = Text(metadata, "MESH_ID"),
            HttpProxyPort = int.TryParse(Text(metadata, "HTTP_PROXY_PORT"), out var port) ? port : 0,
            IdleTimeout = Text(metadata, "IDLE_TIMEOUT"),
            Http10 = Text(metadata, "HTTP10") == "1",
            DnsCapture = Flag(metadata, "DNS_CAPTURE"),
            SniDnat = Text(metadata, "ROUTER_MODE") == "sni-dnat",
            UnprivilegedPod = Flag(metadata, "UNPRIVILEGED_POD"),
            Generator = Text(metadata, "GENERATOR"),
            NetworkView = Text(metadata, "REQUESTED_NETWORK_VIEW"),
            TlsClientCertChain = Text(metadata, "TLS_CLIENT_CERT_CHAIN"),
            TlsClientKey = Text(metadata, "TLS_CLIENT_KEY"),
            TlsClientRootCert = Text(metadata, "TLS_CLIENT_ROOT_CERT"),
            TlsServerCertChain = Text(metadata, "TLS_SERVER_CERT_CHAIN"),
            TlsServerKey = Text(metadata, "TLS_SERVER_KEY"),
            TlsServerRootCert = Text(metadata, "TLS_SERVER_ROOT_CERT"),
            ProxyConfigJson = metadata.Fields.TryGetValue("PROXY_CONFIG", out var config)
                ? EffectOf(config.StructValue) : "",
            Filters = FiltersOf(node),
            VirtualHostDiscovery = Flag(metadata, "LATEEN_VHDS"),
        };
    }

    /// <summary>
    /// The blocks of a node's proxy configuration that change what it gets, as JSON. Everything else (the name of its
    /// service, its concurrency) would only tell proxies apart that get the same.
    /// </summary>
    private static string EffectOf(Struct? config)
    {
        var effect = new Struct();
        foreach (var (block, oldName) in _effectiveBlocks)
        {
            if (config?.Fields.TryGetValue(block, out var value) is true
                || config?.Fields.TryGetValue(oldName, out value) is true)
            {
                effect.Fields[block] = value;
            }
        }
        return JsonFormatter.Default.Format(effect);
    }

    /// <summary>A proxy that lists its extensions has what it lists; one that does not is taken for Istio's.</summary>
    private static IstioFilters FiltersOf(Node node)
    {
        if (node.Extensions.Count == 0)
        {
            return IstioFilters.All;
        }
        var filters = IstioFilters.None;
        foreach (var extension in node.Extensions)
        {
            filters |= extension.Name switch
            {
                "istio.metadata_exchange" or "envoy.filters.network.metadata_exchange" => IstioFilters.MetadataExchange,
                "istio.alpn" => IstioFilters.Alpn,
                "istio.stats" or "envoy.filters.http.istio_stats" => IstioFilters.Stats,
                "envoy.filters.http.peer_metadata" => IstioFilters.PeerMetadata,
                _ => IstioFilters.None,
            };
        }
        return filters;
    }

    private static Labels LabelsOf(Struct metadata)
    {
        var all = new Dictionary<string, string>();
        foreach (var field in (string[])["STATIC_LABELS", "LABELS"])
        {
            if (metadata.Fields.TryGetValue(field, out var value) && value.StructValue is { } labels)
            {
                foreach (var (key, label) in labels.Fields)
                {
                    all[key] = label.StringValue;
                }
            }
        }
        return Labels.From(all);
    }

    private static Locality LocalityOf(Node node, Labels labels)
    {
        if (node.Locality is { } given && (given.Region.Length > 0 || given.Zone.Length > 0))
        {
            return new Locality(given.Region, given.Zone, given.SubZone);
        }
        var label = labels.Get(WellKnownLabels.IstioLocality) ?? "";
        return Locality.Parse(label.Contains('/', StringComparison.Ordinal) ? label : label.Replace('.', '/'));
    }

    /// <summary>Text, a number or a truth value as text; node metadata has all of them in place of each
    /// other.</summary>
    private static string Text(Struct metadata, string key)
    {
        if (!metadata.Fields.TryGetValue(key, out var value))
        {
            return "";
        }
        return value.KindCase switch
        {
            Value.KindOneofCase.StringValue => value.StringValue,
            Value.KindOneofCase.NumberValue
                => value.NumberValue.ToString(System.Globalization.CultureInfo.InvariantCulture),
            Value.KindOneofCase.BoolValue => value.BoolValue ? "true" : "false",
            _ => "",
        };
    }

    private static bool Flag(Struct metadata, string key) => Text(metadata, key) is "true" or "1";
}
