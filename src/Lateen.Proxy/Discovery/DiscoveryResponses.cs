using Envoy.Service.Discovery.V3;
using Lateen.Xds;

namespace Lateen.Proxy.Discovery;

/// <summary>Whole responses, as files and polls have them: the state of the world of their type.</summary>
internal static class DiscoveryResponses
{
    private const string WrapperType = TypeUrls.Prefix + "envoy.service.discovery.v3.Resource";

    /// <summary>Hands a response to the hub; <paramref name="held"/> is what the one before left in force.</summary>
    public static bool Apply(
        DiscoveryHub hub, DiscoverySource source, string typeUrl, DiscoveryResponse response, HashSet<string> held)
    {
        var resources = new List<DiscoveredResource>(response.Resources.Count);
        foreach (var any in response.Resources)
        {
            var (type, body, version, name) = (any.TypeUrl, any.Value, response.VersionInfo, "");
            if (type == WrapperType)
            {
                var wrapper = Resource.Parser.ParseFrom(body);
                (type, body) = (wrapper.Resource_?.TypeUrl ?? "", wrapper.Resource_?.Value ?? body);
                (version, name) = (wrapper.Version.Length > 0 ? wrapper.Version : version, wrapper.Name);
            }

            if (type != typeUrl)
            {
                hub.OnRejected(source, typeUrl);
                return false;
            }

            name = name.Length > 0 ? name : Xds.Wire.ResourceNames.Read(body.Span);
            resources.Add(new DiscoveredResource(name, version, body, []));
        }

        var present = resources.Select(resource => resource.Name).ToHashSet(StringComparer.Ordinal);
        var removed = TypeUrls.IsFullState(typeUrl)
            ? held.Where(name => !present.Contains(name)).ToArray()
            : [];
        var verdict = hub.OnUpdate(source, typeUrl, response.VersionInfo, resources, removed);
        if (verdict is { RejectedNames.Count: 0 })
        {
            return false;
        }

        held.ExceptWith(removed);
        held.UnionWith(present.Where(name => verdict?.RejectedNames.Contains(name) != true));
        return verdict is null;
    }
}
