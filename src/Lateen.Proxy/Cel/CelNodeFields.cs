using Envoy.Config.Core.V3;
using Google.Protobuf.WellKnownTypes;

namespace Lateen.Proxy.Cel;

/// <summary>The node as the attribute <c>xds.node</c> has it.</summary>
internal static class CelNodeFields
{
    /// <summary>Its identity, metadata and locality; the metadata is not copied.</summary>
    public static Struct Of(Node node)
    {
        var fields = new Struct();
        fields.Fields["id"] = Value.ForString(node.Id);
        fields.Fields["cluster"] = Value.ForString(node.Cluster);
        fields.Fields["user_agent_name"] = Value.ForString(node.UserAgentName);
        if (node.Metadata is { } metadata)
        {
            fields.Fields["metadata"] = Value.ForStruct(metadata);
        }
        if (node.Locality is { } place)
        {
            var locality = new Struct();
            locality.Fields["region"] = Value.ForString(place.Region);
            locality.Fields["zone"] = Value.ForString(place.Zone);
            locality.Fields["sub_zone"] = Value.ForString(place.SubZone);
            fields.Fields["locality"] = Value.ForStruct(locality);
        }
        return fields;
    }
}
