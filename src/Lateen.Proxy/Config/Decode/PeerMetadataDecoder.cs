using Google.Protobuf.WellKnownTypes;
using Lateen.Proxy.Filters;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Config.Decode;

/// <summary>The HTTP filter <c>io.istio.http.peer_metadata.Config</c>, which comes as a mapping.</summary>
internal static class PeerMetadataDecoder
{
    public static PeerMetadataFilter Decode(
        Struct fields, string name, bool off, string path, DecodeContext context)
    {
        foreach (var field in fields.Fields.Keys)
        {
            if (field is not ("downstream_discovery" or "upstream_discovery" or "downstream_propagation"
                or "upstream_propagation" or "shared_with_upstream" or "additional_labels"))
            {
                context.Error($"{path}.{field}", "UNKNOWN_FIELD", $"no such field: {field}");
            }
        }
        var labels = LabelsOf(fields);
        return new PeerMetadataFilter(context.Resources, OwnWorkload(labels, context), labels)
        {
            Name = name,
            Disabled = off,
            DownstreamDiscovery = Methods("downstream_discovery"),
            UpstreamDiscovery = Methods("upstream_discovery"),
            DownstreamPropagation = Methods("downstream_propagation"),
            UpstreamPropagation = Methods("upstream_propagation"),
            SharedWithUpstream = fields.Fields.GetValueOrDefault("shared_with_upstream")?.BoolValue ?? false,
        };

        PeerMethod[] Methods(string list)
        {
            var values = fields.Fields.GetValueOrDefault(list)?.ListValue?.Values;
            return values is null
                ? []
                : [.. values.SelectMany(value => value.StructValue?.Fields ?? [])
                    .Select(entry => MethodOf(entry.Key, entry.Value.StructValue, $"{path}.{list}", context))
                    .OfType<PeerMethod>()];
        }
    }

    /// <summary>Names of labels that are told besides the usual ones.</summary>
    public static string[] LabelsOf(Struct fields) =>
        fields.Fields.GetValueOrDefault("additional_labels")?.ListValue is { } list
            ? [.. list.Values.Select(value => value.StringValue)]
            : [];

    /// <summary>This workload with those labels.</summary>
    public static WorkloadMetadata OwnWorkload(string[] labels, DecodeContext context) => labels.Length == 0
        ? context.Resources.OwnWorkload
        : WorkloadMetadata.FromStruct(context.Resources.Node.Metadata ?? new Struct(), labels);

    /// <summary>The network filter of the same name.</summary>
    public static Tcp.PeerMetadataNetworkConfig DecodeNetwork(
        Struct fields, string name, string path, DecodeContext context)
    {
        foreach (var field in fields.Fields.Keys.Where(field => field != "baggage_key"))
        {
            context.Error($"{path}.{field}", "UNKNOWN_FIELD", $"no such field: {field}");
        }
        return new Tcp.PeerMetadataNetworkConfig
        {
            Name = name,
            BaggageKey = fields.Fields.GetValueOrDefault("baggage_key")?.StringValue ?? "",
            Baggage = Stats.WorkloadBaggage.Write(OwnWorkload([], context)),
        };
    }

    private static PeerMethod? MethodOf(string name, Struct? settings, string path, DecodeContext context)
    {
        switch (name)
        {
            case "istio_headers":
                return new PeerMethod(PeerMethodKind.IstioHeaders, SkipExternalClusters:
                    settings?.Fields.GetValueOrDefault("skip_external_clusters")?.BoolValue ?? false);
            case "workload_discovery":
                return new PeerMethod(PeerMethodKind.WorkloadDiscovery);
            case "baggage":
                return new PeerMethod(PeerMethodKind.Baggage);
            case "upstream_filter_state":
                return new PeerMethod(PeerMethodKind.UpstreamFilterState,
                    settings?.Fields.GetValueOrDefault("peer_metadata_key")?.StringValue ?? "");
            default:
                context.Error(path, "UNKNOWN_FIELD", $"no such method: {name}");
                return null;
        }
    }
}
