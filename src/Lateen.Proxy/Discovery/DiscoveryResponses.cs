using Envoy.Service.Discovery.V3;
using Lateen.Proxy.Config;
using Lateen.Xds;
using Lateen.Xds.Client;

namespace Lateen.Proxy.Discovery;

/// <summary>Whole responses, as files and polls have them: the state of the world of their type.</summary>
internal static class DiscoveryResponses
{
    private const string WrapperType = TypeUrls.Prefix + "envoy.service.discovery.v3.Resource";

    /// <summary>What is answered to a response some of whose resources were refused; null: none was.</summary>
    public static XdsVerdict? Verdict(string typeUrl, IReadOnlyCollection<ResourceOutcome> rejected)
    {
        if (rejected.Count == 0)
        {
            return null;
        }

        // Those that were only refused with others have nothing to say.
        var telling = rejected.Where(outcome => outcome.Errors[0].Code != ResourceOutcome.WithOthers)
            .Select(outcome => $"{outcome.Name}: {string.Join("; ", outcome.Errors.Select(error => error.Path
                == outcome.Name ? error.Message : error.ToString()))}");
        var text = typeUrl switch
        {
            TypeUrls.Cluster => $"Error adding/updating cluster(s) {string.Join(", ", telling)}",
            TypeUrls.Listener =>
                $"Error adding/updating listener(s) {string.Concat(telling.Select(one => one + '\n'))}",
            TypeUrls.ScopedRouteConfiguration => $"Error adding/updating scoped route(s): {string.Join(", ", telling)}",
            _ => string.Join(", ", telling),
        };
        // The first of two of one name is held; there is no second to be named.
        return XdsVerdict.Reject(
            text,
            [.. rejected.Select(o => o.Errors[0].Code == ResourceOutcome.Duplicate ? $"{o.Name}\0" : o.Name)]);
    }

    /// <summary>Whether resources of the type are handed, as in Envoy, to one after the other of those who asked for
    /// them by name, until one of them refuses: so over streams that tell the state of the world.</summary>
    public static bool EndsAtFirstRefusal(string typeUrl) => typeUrl is TypeUrls.RouteConfiguration
        or TypeUrls.ClusterLoadAssignment or TypeUrls.Secret or TypeUrls.TypedExtensionConfig;

    /// <summary>Hands a response to the hub; <paramref name="held"/> is what the one before left in force.</summary>
    /// <param name="hub">Takes it in.</param>
    /// <param name="source">Where it comes from.</param>
    /// <param name="watch">Whose it is: one resource of the name, or all.</param>
    /// <param name="response">The response.</param>
    /// <param name="held">Names in force; changed.</param>
    public static bool Apply(
        DiscoveryHub hub, DiscoverySource source, WatchKey watch, DiscoveryResponse response, HashSet<string> held)
    {
        var typeUrl = watch.TypeUrl;
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
                hub.OnRejected(source, typeUrl, watch.Name);
                return false;
            }

            name = name.Length > 0 ? name : Xds.Wire.ResourceNames.Read(body.Span);
            resources.Add(new DiscoveredResource(name, version, body, []));
        }

        if (watch.Name.Length > 0)
        {
            if (resources.Count == 0
                && (typeUrl is TypeUrls.ClusterLoadAssignment or TypeUrls.RouteConfiguration))
            {
                hub.OnEmpty(source, typeUrl, response.VersionInfo, watch.Name);
                return true;
            }

            // Who asks for one by its name takes this one alone.
            if (resources.Count != 1 || resources[0].Name != watch.Name)
            {
                hub.OnRejected(source, typeUrl, watch.Name);
                return false;
            }
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
