using Envoy.Config.Endpoint.V3;
using Google.Protobuf;
using Lateen.Proxy.Config.Decode;
using Lateen.Proxy.Discovery;

namespace Lateen.Proxy.Config;

/// <summary>Looks at all assignments of a response before any of them is taken.</summary>
internal static class AssignmentCheck
{
    /// <summary>
    /// Empty when all can be taken; else an outcome for each assignment: those that are right are refused with the
    /// others.
    /// </summary>
    public static List<ResourceOutcome> Run(ProxyResources resources, IReadOnlyList<DiscoveredResource> assignments)
    {
        var outcomes = new List<ResourceOutcome>(assignments.Count);
        var isRefused = false;
        foreach (var resource in assignments)
        {
            var context = new DecodeContext { Resources = resources };
            try
            {
                EndpointDecoder.Decode(ClusterLoadAssignment.Parser.ParseFrom(resource.Body), "", context);
            }
            catch (InvalidProtocolBufferException e)
            {
                context.Error("", "PROTOBUF", $"cannot be parsed: {e.Message}");
            }
            isRefused |= context.Errors.Count > 0;
            outcomes.Add(context.Errors.Count > 0
                ? new ResourceOutcome(resource.Name, context.Errors)
                : ResourceOutcome.RejectedWithOthers(resource.Name));
        }
        return isRefused ? outcomes : [];
    }
}
