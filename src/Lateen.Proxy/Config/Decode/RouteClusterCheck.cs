using System.Collections.Immutable;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Routing;

namespace Lateen.Proxy.Config.Decode;

/// <summary>Whether the clusters that a table names are there (<c>validate_clusters</c>).</summary>
internal static class RouteClusterCheck
{
    public static void Check(RouteConfiguration table, string path, DecodeContext context)
    {
        CheckMirrors(table.MirrorPolicies, path, context);
        for (var i = 0; i < table.VirtualHosts.Length; i++)
        {
            var host = table.VirtualHosts[i];
            CheckMirrors(host.MirrorPolicies, $"{path}.virtual_hosts[{i}]", context);
            for (var j = 0; j < host.Routes.Length; j++)
            {
                CheckRoute(host.Routes[j], $"{path}.virtual_hosts[{i}].routes[{j}].route", context);
            }
        }
    }

    private static void CheckRoute(Route route, string path, DecodeContext context)
    {
        if (route.Action is not { } action)
        {
            return;
        }
        var slots = (route.Cluster ?? action.Cluster) is { } only
            ? [only]
            : action.WeightedClusters.Where(entry => entry.Cluster is not null).Select(entry => entry.Cluster!);
        foreach (var slot in slots)
        {
            CheckSlot(slot, $"{path}.cluster", "route: unknown cluster", context);
        }
        CheckMirrors(action.MirrorPolicies, path, context);
    }

    private static void CheckMirrors(ImmutableArray<MirrorPolicy> policies, string path, DecodeContext context)
    {
        foreach (var policy in policies)
        {
            if (policy.Cluster is { } slot)
            {
                CheckSlot(slot, $"{path}.request_mirror_policies.cluster", "route: unknown shadow cluster", context);
            }
        }
    }

    private static void CheckSlot(ClusterSlot slot, string path, string what, DecodeContext context)
    {
        if (!slot.IsConfigured && slot.Current is null)
        {
            context.Error(path, "ROUTE_CLUSTER", $"{what} '{slot.Name}'");
        }
    }
}
