using Lateen.Proxy.Discovery;
using Lateen.Xds;

namespace Lateen.Proxy.Config;

/// <content>Scopes, what requests wait for, and what is removed.</content>
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
        RouteTables.KeepOnly(Listeners.RouteNames.ToHashSet());
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
            RouteTables.KeepOnly(Listeners.RouteNames.ToHashSet());
        }
    }
}
