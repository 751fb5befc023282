using Lateen.Proxy.Config;
using Lateen.Xds;
using Lateen.Xds.Client;

namespace Lateen.Proxy.Discovery;

/// <content>What comes: taken in, counted and answered for.</content>
internal sealed partial class DiscoveryHub
{
    /// <summary>Hands over resources of one type; null, or what was refused.</summary>
    /// <param name="source">Where they come from.</param>
    /// <param name="typeUrl">Their type.</param>
    /// <param name="version">Of the response.</param>
    /// <param name="resources">The resources.</param>
    /// <param name="removed">Names of those that are gone.</param>
    /// <param name="isWhole">It tells the state of the world, not changes.</param>
    public XdsVerdict? OnUpdate(
        DiscoverySource source, string typeUrl, string version, List<DiscoveredResource> resources,
        IReadOnlyList<string> removed, bool isWhole = false)
    {
        var endsAtRefusal = isWhole && DiscoveryResponses.EndsAtFirstRefusal(typeUrl);
        if (_configuration.FindUnusable(typeUrl, resources) is { } wrong)
        {
            OnRejected(source, typeUrl);
            return XdsVerdict.Reject(wrong);
        }
        _configuration.NoteUpdate(1);
        var start = _clock.GetTimestamp();
        var changes = _configuration.Clusters.ChangeCount;
        if (endsAtRefusal)
        {
            SortByWatch(source, typeUrl, resources);
        }
        var outcomes = _configuration.Apply(typeUrl, source, version, resources, removed, endsAtRefusal);
        var isReload = typeUrl == TypeUrls.Cluster && changes != _configuration.Clusters.ChangeCount;
        var rejected = outcomes.Where(outcome => !outcome.IsAccepted).ToArray();
        _log.Info($"{typeUrl[(typeUrl.LastIndexOf('.') + 1)..]}: {resources.Count} taken, "
            + $"{removed.Count} removed, {rejected.Length} refused");
        var millis = (long)_clock.GetElapsedTime(start).TotalMilliseconds;
        var refusesAll = endsAtRefusal && rejected.Length > 0;
        if (refusesAll)
        {
            resources.RemoveAll(resource => Array.Exists(rejected, outcome => outcome.Name == resource.Name));
        }
        var hasEnded = Count(source, typeUrl, version, millis, resources, removed, outcomes, isReload);
        if (refusesAll)
        {
            // Whoever waits for a resource of the type learns of it, also those whose own one was taken.
            OnRejected(source, typeUrl);
        }
        _configuration.NoteUpdate(-1);
        if (hasEnded)
        {
            Update();
        }
        return DiscoveryResponses.Verdict(typeUrl, rejected);
    }

    /// <summary>Who asked last is served first, as in Envoy; what nobody asked for comes at the end.</summary>
    private void SortByWatch(DiscoverySource source, string typeUrl, List<DiscoveredResource> resources)
    {
        lock (_lock)
        {
            var sorted = resources.OrderByDescending(resource =>
                _watches.GetValueOrDefault(new WatchKey(source.Key, typeUrl, resource.Name))?.Number ?? 0).ToArray();
            resources.Clear();
            resources.AddRange(sorted);
        }
    }

    /// <summary>Counts an update; true when something need not be waited for any longer.</summary>
    private bool Count(
        DiscoverySource source, string typeUrl, string version, long millis, List<DiscoveredResource> resources,
        IReadOnlyList<string> removed, List<ResourceOutcome> outcomes, bool isReload)
    {
        var now = _clock.GetUtcNow();
        var refused = outcomes.Where(outcome => !outcome.IsAccepted).Select(outcome => outcome.Name)
            .ToHashSet(StringComparer.Ordinal);
        var reloaded = outcomes.Where(outcome => outcome.IsReload).Select(outcome => outcome.Name)
            .ToHashSet(StringComparer.Ordinal);
        var ended = new List<WatchKey>();
        lock (_lock)
        {
            if (_watches.TryGetValue(new WatchKey(source.Key, typeUrl, ""), out var all))
            {
                all.OnUpdate(
                    version, now, refused.Count == 0, millis,
                    isReload || typeUrl == TypeUrls.ScopedRouteConfiguration
                    || (typeUrl == TypeUrls.VirtualHost && reloaded.Count > 0));
                // An answer without the virtual hosts of a table is none to it.
                if (typeUrl != TypeUrls.VirtualHost)
                {
                    ended.Add(all.Key);
                }
            }

            foreach (var resource in resources)
            {
                if (_watches.TryGetValue(new WatchKey(source.Key, typeUrl, resource.Name), out var watch))
                {
                    watch.OnUpdate(
                        version, now, !refused.Contains(resource.Name), millis, reloaded.Contains(resource.Name));
                    ended.Add(watch.Key);
                }
            }

            foreach (var name in removed)
            {
                if (_watches.TryGetValue(new WatchKey(source.Key, typeUrl, name), out var watch))
                {
                    watch.OnUpdate(version, now, true, millis, typeUrl == TypeUrls.TypedExtensionConfig);
                }
            }
        }

        ended.RemoveAll(key => key.Name.Length > 0 && !refused.Contains(key.Name));
        foreach (var key in ended)
        {
            _configuration.EndWait(key.TypeUrl, source.Scope(key.Name));
        }

        return ended.Count > 0;
    }
}
