using Lateen.Core.Yaml;

namespace Lateen.Pilot.Simulation;

/// <summary>Writes what a call meets; steps without a name are left out.</summary>
public static class CallResultWriter
{
    /// <summary>As a tree.</summary>
    public static YamlMapping ToNode(CallResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        var entries = new List<(string Key, YamlNode Value)>();
        Add(entries, "listener", result.Listener);
        Add(entries, "filterChain", result.FilterChain);
        Add(entries, "routeConfig", result.RouteConfig);
        Add(entries, "virtualHost", result.VirtualHost);
        Add(entries, "route", result.Route);
        if (result.RouteIndex is { } index)
        {
            entries.Add(("routeIndex", YamlScalar.Of(index)));
        }
        Add(entries, "cluster", result.Cluster);
        if (result.Weighted.Count > 0)
        {
            entries.Add(("weighted", new YamlSequence([.. result.Weighted.Select(target => new YamlMapping(
                ("cluster", new YamlScalar(target.Cluster)), ("weight", YamlScalar.Of(target.Weight))))])));
        }
        if (result.Redirect)
        {
            entries.Add(("redirect", YamlScalar.Of(true)));
        }
        if (result.DirectResponse > 0)
        {
            entries.Add(("directResponse", YamlScalar.Of(result.DirectResponse)));
        }
        if (result.ClusterMissing.Count > 0)
        {
            entries.Add(("clusterMissing",
                new YamlSequence([.. result.ClusterMissing.Select(name => new YamlScalar(name))])));
        }
        Add(entries, "error", result.Error);
        return new YamlMapping([.. entries]);
    }

    private static void Add(List<(string Key, YamlNode Value)> entries, string key, string value)
    {
        if (value.Length > 0)
        {
            entries.Add((key, new YamlScalar(value)));
        }
    }
}
