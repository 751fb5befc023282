using Google.Protobuf;
using Lateen.Proxy.Config.Decode;
using Lateen.Proxy.Discovery;
using Lateen.Xds;
using RouteConfigurationProto = Envoy.Config.Route.V3.RouteConfiguration;

namespace Lateen.Proxy.Config;

/// <content>Route tables, virtual hosts, what requests wait for, and what is removed.</content>
internal sealed partial class ConfigurationManager
{
    /// <summary>Lets requests go on that waited for what has come, or for clusters that are warm by now.</summary>
    private void AnswerRequests(
        string typeUrl, DiscoverySource source, IReadOnlyList<DiscoveredResource> resources,
        IReadOnlyList<string> removed)
    {
        foreach (var name in removed)
        {
            // It is known not to exist.
            if (typeUrl is TypeUrls.VirtualHost or TypeUrls.Cluster)
            {
                _resources.OnDemand.Answer(typeUrl, source.Scope(name));
            }
            _resources.OnDemand.Forget(typeUrl, source.Scope(name));
        }
        if (typeUrl == TypeUrls.VirtualHost)
        {
            foreach (var resource in resources)
            {
                _resources.OnDemand.Answer(typeUrl, source.Scope(resource.Name));
                foreach (var alias in resource.Aliases)
                {
                    _resources.OnDemand.Answer(typeUrl, source.Scope(alias));
                }
            }
        }
        if (typeUrl == TypeUrls.RouteConfiguration)
        {
            foreach (var resource in resources)
            {
                _resources.OnDemand.Answer(typeUrl, source.Scope(resource.Name));
            }
        }
        foreach (var wanted in _resources.OnDemand.Unanswered(TypeUrls.Cluster))
        {
            if (_resources.Clusters.GetOrAdd(wanted.Name).Current is not null)
            {
                _resources.OnDemand.Answer(TypeUrls.Cluster, wanted.Source.Scope(wanted.Name));
            }
        }
    }

    /// <summary>Takes in virtual hosts of their tables, which are made anew once each.</summary>
    private List<ResourceOutcome> ApplyVirtualHosts(
        IReadOnlyList<DiscoveredResource> resources, IReadOnlyList<string> removed)
    {
        var outcomes = new List<ResourceOutcome>();
        var tables = new HashSet<string>(StringComparer.Ordinal);
        foreach (var name in removed)
        {
            if (VirtualHosts.Remove(name))
            {
                tables.Add(VirtualHostTable.TableOf(name));
            }
        }
        foreach (var resource in resources)
        {
            if (!resource.Body.IsEmpty)
            {
                VirtualHosts.Set(resource.Name, resource.Body);
                tables.Add(VirtualHostTable.TableOf(resource.Name));
            }
        }
        foreach (var table in tables)
        {
            if (_routes.TryGetValue(table, out var held))
            {
                var outcome =
                    ResourceGuard.Run(table, () => BuildRoutes(held.Source, held.Version, DiscoverySource.Ads));
                outcomes.Add(outcome);
            }
        }
        outcomes.RemoveAll(outcome => outcome.IsAccepted);
        return outcomes.Count > 0
            ? outcomes
            : [.. resources.Select(resource => ResourceOutcome.Accepted(resource.Name) with { IsReload = true })];
    }

    /// <summary>Takes in scopes; tables that no scope names any more are given up.</summary>
    private List<ResourceOutcome> ApplyScopes(
        DiscoverySource source, string version, IReadOnlyList<DiscoveredResource> resources,
        IReadOnlyList<string> removed)
    {
        List<ResourceOutcome> outcomes = [];
        var outcome = ResourceGuard.Run("", () =>
        {
            outcomes = _resources.Scopes.Apply(source, version, _clock.GetUtcNow(), resources, removed);
            return ResourceOutcome.Accepted("");
        });
        if (!outcome.IsAccepted)
        {
            return [outcome];
        }
        RemoveUnusedRoutes();
        foreach (var waiting in _resources.OnDemand.Unanswered(TypeUrls.RouteConfiguration))
        {
            var key = waiting.Source.Scope(waiting.Name);
            if (!_resources.Routes.Slots.ContainsKey(key))
            {
                _resources.OnDemand.Answer(TypeUrls.RouteConfiguration, key);
            }
        }
        return outcomes;
    }

    private void RemoveUnusedRoutes()
    {
        var wanted = Listeners.RouteNames.ToHashSet();
        foreach (var unused in _routes.Keys.Where(route => !wanted.Contains(route)).ToArray())
        {
            _routes.Remove(unused);
            _resources.Routes.Remove(unused);
        }
    }

    /// <summary>Tables whose virtual hosts did not come in time are in force without them.</summary>
    private void GiveUpVirtualHosts()
    {
        foreach (var slot in _resources.Routes.Slots.Values.Where(slot => slot.VirtualHostSource is not null))
        {
            slot.IsGivenUp = true;
        }
    }

    private ResourceOutcome ApplyRoutes(ByteString body, string version, DiscoverySource source)
    {
        var name = Xds.Wire.ResourceNames.Read(body.Span);
        return _routes.TryGetValue(source.Scope(name), out var held) && held.Is(body)
            ? ResourceOutcome.Accepted(name)
            : BuildRoutes(body, version, source);
    }

    /// <summary>Makes a table of what came by RDS and, where it says so, by VHDS.</summary>
    private ResourceOutcome BuildRoutes(ByteString body, string version, DiscoverySource source)
    {
        var proto = Unknown.Parse(RouteConfigurationProto.Parser, TypeUrls.RouteConfiguration, body);
        var context = new DecodeContext { Resources = _resources };
        var table = RouteDecoder.Decode(VirtualHosts.Join(proto), "", context);
        if (context.Errors.Count > 0)
        {
            return new ResourceOutcome(proto.Name, context.Errors);
        }
        var key = source.Scope(proto.Name);
        var slot = _resources.Routes.GetOrAdd(key, source);
        slot.VirtualHostSource = table.VirtualHostSource;
        // Listeners wait for the first virtual host, too.
        if (proto.Vhds is null || VirtualHosts.Has(proto.Name) || slot.Current is not null)
        {
            slot.Current = table;
        }
        _routes[key] = new ResourceVersion(body, version, _clock.GetUtcNow());
        return ResourceOutcome.Accepted(proto.Name) with { IsReload = true };
    }

    private void Remove(string typeUrl, string name, DiscoverySource source)
    {
        if (typeUrl == TypeUrls.Cluster)
        {
            Clusters.Remove(name);
        }
        else if (typeUrl == TypeUrls.TypedExtensionConfig)
        {
            _resources.Extensions.Remove(source.Scope(name));
        }
        else if (typeUrl == TypeUrls.Runtime)
        {
            Runtime.Remove(source.Scope(name));
        }
        else if (typeUrl == Stats.WorkloadIndex.TypeUrl)
        {
            _resources.Workloads.Remove(name);
        }
        else if (typeUrl == TypeUrls.Listener)
        {
            Listeners.Remove(name);
            RemoveUnusedRoutes();
        }
    }
}
