using Lateen.Proxy.Clusters;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.ExtAuthz;

/// <summary>Counters of an ext_authz filter, also below the cluster that the request goes to.</summary>
internal sealed class ExtAuthzStats(StatsScope scope, string prefix)
{
    private readonly int _ok = scope.GetOrAdd($"{prefix}ok");
    private readonly int _denied = scope.GetOrAdd($"{prefix}denied");
    private readonly int _error = scope.GetOrAdd($"{prefix}error");
    private readonly int _invalid = scope.GetOrAdd($"{prefix}invalid");
    private readonly int _ignoredMetadata = scope.GetOrAdd($"{prefix}ignored_dynamic_metadata");
    private readonly int _shadowDenied = scope.GetOrAdd($"{prefix}shadow_denied");
    private readonly int _shadowError = scope.GetOrAdd($"{prefix}shadow_error");
    private readonly int _disabled = scope.GetOrAdd($"{prefix}disabled");
    private readonly int _failureModeAllowed = scope.GetOrAdd($"{prefix}failure_mode_allowed");

    public void CountDisabled(int worker) => scope.Add(worker, _disabled);

    public void CountIgnoredMetadata(int worker) => scope.Add(worker, _ignoredMetadata);

    public void CountShadowDenied(int worker) => scope.Add(worker, _shadowDenied);

    public void CountShadowError(int worker) => scope.Add(worker, _shadowError);

    public void CountInvalid(int worker, Cluster? cluster) => Count(worker, cluster, _invalid, "invalid");

    public void CountOk(int worker, Cluster? cluster) => Count(worker, cluster, _ok, "ok");

    public void CountDenied(int worker, Cluster? cluster) => Count(worker, cluster, _denied, "denied");

    public void CountError(int worker, Cluster? cluster) => Count(worker, cluster, _error, "error");

    public void CountFailureModeAllowed(int worker, Cluster? cluster) =>
        Count(worker, cluster, _failureModeAllowed, "failure_mode_allowed");

    private void Count(int worker, Cluster? cluster, int stat, string name)
    {
        scope.Add(worker, stat);
        if (cluster?.Stats.Scope is { } ofCluster)
        {
            ofCluster.Add(worker, ofCluster.GetOrAdd($"{prefix}{name}"));
        }
    }
}
