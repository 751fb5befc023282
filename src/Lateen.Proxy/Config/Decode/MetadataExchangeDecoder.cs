using System.Text;
using Google.Protobuf.WellKnownTypes;
using Lateen.Proxy.Stats;
using Lateen.Proxy.Tcp;

namespace Lateen.Proxy.Config.Decode;

/// <summary>The filter <c>istio.metadata_exchange</c> of listeners and clusters, which comes as a mapping.</summary>
internal static class MetadataExchangeDecoder
{
    public const string Type = "envoy.tcp.metadataexchange.config.MetadataExchange";

    public static MetadataExchangeConfig Decode(Struct fields, string name, string path, DecodeContext context)
    {
        foreach (var field in fields.Fields.Keys)
        {
            if (field is not ("protocol" or "enable_discovery" or "additional_labels"))
            {
                context.Error($"{path}.{field}", "UNKNOWN_FIELD", $"no such field: {field}");
            }
        }
        var protocol = fields.Fields.GetValueOrDefault("protocol")?.StringValue ?? "";
        if (protocol.Length == 0)
        {
            context.Error($"{path}.protocol", "NETWORK_FILTERS", "protocol must be set");
        }
        var labels = PeerMetadataDecoder.LabelsOf(fields);
        return new MetadataExchangeConfig
        {
            Name = name,
            Protocol = Encoding.ASCII.GetBytes(protocol),
            Header = MetadataExchangeConfig.MakeHeader(
                PeerMetadataDecoder.OwnWorkload(labels, context), context.Resources.NodeId),
            EnableDiscovery = fields.Fields.GetValueOrDefault("enable_discovery")?.BoolValue ?? false,
            AdditionalLabels = labels,
            Workloads = context.Resources.Workloads,
            Stats = context.Stats.GetScope("metadata_exchange.", StatLayout.Empty),
        };
    }
}
