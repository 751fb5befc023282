using Envoy.Config.Cluster.V3;
using Google.Protobuf.WellKnownTypes;
using Udpa.Type.V1;

namespace Lateen.Pilot.Clusters;

/// <summary>Istio's filter by which the two ends of a connection tell each other who they are.</summary>
internal static class MetadataExchange
{
    public static void AddTo(Cluster cluster, bool isSupported)
    {
        if (!isSupported)
        {
            return;
        }
        cluster.Filters.Add(new Filter
        {
            Name = "istio.metadata_exchange",
            TypedConfig = Any.Pack(new TypedStruct
            {
                TypeUrl = "type.googleapis.com/envoy.tcp.metadataexchange.config.MetadataExchange",
                Value = new Struct
                {
                    Fields =
                    {
                        ["enable_discovery"] = Value.ForBool(true),
                        ["protocol"] = Value.ForString("istio-peer-exchange"),
                    },
                },
            }),
        });
    }
}
