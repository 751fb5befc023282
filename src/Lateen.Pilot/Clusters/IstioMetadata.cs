using Envoy.Config.Core.V3;
using Google.Protobuf.WellKnownTypes;
using Lateen.Pilot.Model;

namespace Lateen.Pilot.Clusters;

/// <summary>What Istio's statistics filter and people read from a cluster's metadata.</summary>
internal static class IstioMetadata
{
    private const string Key = "istio";

    public static void SetServices(Envoy.Config.Cluster.V3.Cluster cluster, IEnumerable<Service> services)
    {
        var list = services.Select(s => Value.ForStruct(new Struct
        {
            Fields =
            {
                ["host"] = Value.ForString(s.Hostname),
                ["name"] = Value.ForString(s.Name),
                ["namespace"] = Value.ForString(s.Namespace),
            },
        }));
        Of(cluster).Fields["services"] = Value.ForList([.. list]);
    }

    public static void Set(Envoy.Config.Cluster.V3.Cluster cluster, string field, Value value)
        => Of(cluster).Fields[field] = value;

    /// <summary>Names the object by which the cluster was shaped.</summary>
    public static void SetConfig(Envoy.Config.Cluster.V3.Cluster cluster, ObjectKey key)
        => Set(cluster, "config", Value.ForString(
            $"/apis/networking.istio.io/v1/namespaces/{key.Namespace}/destination-rule/{key.Name}"));

    private static Struct Of(Envoy.Config.Cluster.V3.Cluster cluster)
    {
        cluster.Metadata ??= new Metadata();
        if (!cluster.Metadata.FilterMetadata.TryGetValue(Key, out var fields))
        {
            fields = new Struct();
            cluster.Metadata.FilterMetadata.Add(Key, fields);
        }
        return fields;
    }
}
