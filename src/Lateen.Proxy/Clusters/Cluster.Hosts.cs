using Lateen.Proxy.Addresses;
using Lateen.Proxy.Config.Decode;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Clusters;

/// <content>How the hosts change: by discovery, by their health.</content>
internal sealed partial class Cluster
{
    private double _overprovisioning = 1.4;
    private bool _weightedPriorityHealth;
    private bool _publishWaits;
    private long _lastPublishNanos = long.MinValue / 2;

    /// <summary>How many hosts there are in each locality of each priority; of a cluster with subsets only.</summary>
    public Dictionary<(int Priority, Locality Locality), int>? LocalitySizes => _parts?.LocalitySizes;

    /// <summary>
    /// Makes these the cluster's hosts. A host of the same address and transport socket stays the same object, with its
    /// pools and
    /// counters. One that passes its health checks stays until they fail, unless the cluster ignores that. Thread:
    /// configuration. False when nothing has changed.
    /// </summary>
    internal bool ApplyHosts(
        IReadOnlyList<HostSpec> specs, double overprovisioning = 1.4, bool weightedPriorityHealth = false)
    {
        List<Host> added = [], removed = [];
        HashSet<int> moved = [];
        bool changed;
        lock (Stats)
        {
            changed = _overprovisioning != overprovisioning || _weightedPriorityHealth != weightedPriorityHealth;
            _overprovisioning = overprovisioning;
            _weightedPriorityHealth = weightedPriorityHealth;
            var old = new Dictionary<Address, Host>();
            foreach (var host in _hosts.Hosts)
            {
                old.TryAdd(host.Address, host);
            }
            var hosts = new List<Host>(specs.Count);
            var seen = new HashSet<Address>();
            foreach (var spec in specs)
            {
                // Hosts that stand in the configuration are taken as they stand.
                if (seen.Add(spec.Address) || Config.Type == DiscoveryType.Static)
                {
                    hosts.Add(TakeOver(old, spec, added, removed, moved, ref changed));
                }
            }
            foreach (var gone in old.Values)
            {
                if (StaysUntilUnhealthy(gone))
                {
                    changed |= (gone.Health & HealthFlags.PendingDynamicRemoval) == 0;
                    gone.SetHealth(HealthFlags.PendingDynamicRemoval, true);
                    hosts.Add(gone);
                }
                else
                {
                    removed.Add(gone);
                }
            }
            changed |= added.Count > 0 || removed.Count > 0;
            if (changed || _lastPublishNanos < 0)
            {
                SetHosts(hosts, added, removed, moved);
            }
            else
            {
                Stats.Scope.AddFromMain((int)ClusterStat.UpdateNoRebuild);
            }
        }
        Tell(added, removed);
        return changed;
    }

    /// <summary>Works the loads out again after a change of health. Any thread; rare.</summary>
    internal void OnHealthChanged()
    {
        List<Host> removed = [];
        lock (Stats)
        {
            foreach (var host in _hosts.Hosts)
            {
                if ((host.Health & HealthFlags.PendingDynamicRemoval) != 0 && !StaysUntilUnhealthy(host))
                {
                    removed.Add(host);
                }
            }
            if (removed.Count > 0)
            {
                SetHosts([.. _hosts.Hosts.Except(removed)], [], removed, []);
            }
            else
            {
                SetGauges(_hosts.Hosts);
                PublishMerged();
            }
        }
        Tell([], removed);
    }

    /// <summary>A host was made for a request, or such hosts have gone.</summary>
    internal void OnDemandHostsChanged(int count)
    {
        var scope = Stats.Scope;
        scope.AddFromMain((int)ClusterStat.MembershipChange);
        scope.Set((int)ClusterStat.MembershipTotal, count);
        scope.Set((int)ClusterStat.MembershipHealthy, count);
    }

    private Host TakeOver(
        Dictionary<Address, Host> old, HostSpec spec, List<Host> added, List<Host> removed, HashSet<int> moved,
        ref bool changed)
    {
        if (!old.Remove(spec.Address, out var host) || host.Hostname != spec.Hostname
            || !host.HealthCheckAddress.Equals(spec.Attributes.HealthCheck.AddressFor(spec.Address))
            || host.Attributes.HealthCheck.IsDisabled != spec.Attributes.HealthCheck.IsDisabled
            || !ReferenceEquals(host.TransportSocket, SelectTransportSocket(spec.Attributes.TransportSocketMatch)))
        {
            if (host is not null)
            {
                removed.Add(host);
            }
            host = new Host(this, spec.Address, spec.Hostname, spec.Attributes);
            added.Add(host);
        }
        else
        {
            changed |= !host.Attributes.Equals(spec.Attributes);
            if (host.Priority != spec.Attributes.Priority)
            {
                moved.Add(host.Priority);
                moved.Add(spec.Attributes.Priority);
            }
            host.Update(spec.Attributes);
        }
        const HealthFlags OfDiscovery = HealthFlags.FailedEdsHealth | HealthFlags.DegradedEdsHealth
            | HealthFlags.EdsStatusDraining | HealthFlags.PendingDynamicRemoval;
        var before = host.Health & OfDiscovery;
        host.SetHealth(OfDiscovery & ~spec.Attributes.EdsHealth, false);
        host.SetHealth(spec.Attributes.EdsHealth, true);
        changed |= before != (host.Health & OfDiscovery);
        return host;
    }

    private bool StaysUntilUnhealthy(Host host) => Config.HealthCheck is not null
        && !Config.IgnoreHealthOnHostRemoval && !host.Attributes.HealthCheck.IsDisabled
        && (host.Health & (HealthFlags.FailedActiveHealthCheck | HealthFlags.FailedEdsHealth
            | HealthFlags.EdsStatusDraining)) == 0;

    private void SetHosts(List<Host> hosts, List<Host> added, List<Host> removed, HashSet<int> moved)
    {
        foreach (var gone in removed)
        {
            gone.IsRemoved = true;
        }
        // Each priority whose hosts are others counts.
        moved.UnionWith(added.Concat(removed).Select(host => host.Priority));
        Stats.Scope.AddFromMain((int)ClusterStat.MembershipChange, moved.Count);
        if (_publishWaits)
        {
            _publishWaits = false;
            MergeCounter?.Invoke(MergeOutcome.Cancelled);
        }
        SetGauges(hosts);
        Publish(hosts);
        CountUpdate(MergeOutcome.Delivered);
    }

    /// <summary>What comes before the cluster is in force is no update of it.</summary>
    private void CountUpdate(MergeOutcome outcome)
    {
        if (IsInForce)
        {
            MergeCounter?.Invoke(outcome);
        }
    }

    private void Tell(List<Host> added, List<Host> removed)
    {
        if (added.Count > 0 || removed.Count > 0)
        {
            HealthChecker?.OnHosts(added, removed);
            Outlier?.OnHosts(removed);
        }
        HostsChanged?.Invoke(this);
        if (removed.Count > 0 || (added.Count > 0 && Config.CloseConnectionsOnHostSetChange))
        {
            PoolsStale?.Invoke(this);
        }
    }

    /// <summary>Several changes of health within the merge window are published together at its end.</summary>
    private void PublishMerged()
    {
        var window = Config.UpdateMergeWindowNanos;
        var now = NowNanos;
        if (window <= 0 || now - _lastPublishNanos > window)
        {
            if (window > 0)
            {
                MergeCounter?.Invoke(MergeOutcome.OutOfWindow);
            }
            CountUpdate(MergeOutcome.Delivered);
            Publish(_hosts.Hosts);
            return;
        }
        if (_publishWaits)
        {
            return;
        }
        _publishWaits = true;
        Parts.PublishTimer?.Dispose();
        Parts.PublishTimer = _clock.CreateTimer(
            _ => PublishLate(), null, Durations.TimerSpan(window), Timeout.InfiniteTimeSpan);
    }

    private void PublishLate()
    {
        lock (Stats)
        {
            if (!_publishWaits)
            {
                return;
            }
            _publishWaits = false;
            MergeCounter?.Invoke(MergeOutcome.Merged);
            Publish(_hosts.Hosts);
        }
        HostsChanged?.Invoke(this);
    }

    private void Publish(IReadOnlyCollection<Host> hosts)
    {
        _lastPublishNanos = Math.Max(0, NowNanos);
        if (Config.Subsets is not null)
        {
            Parts.LocalitySizes = hosts.GroupBy(host => (host.Priority, host.Locality))
                .ToDictionary(group => group.Key, group => group.Count(host => !host.IsExcluded));
        }
        var set = new HostSet(hosts, Config.LoadBalancer, _overprovisioning, _weightedPriorityHealth);
        if (Config.Subsets is not null)
        {
            var subsets = new SubsetTable(set, this, _overprovisioning, WorkerCount);
            var former = Parts.Subsets;
            Parts.Subsets = subsets;
            CountSubsets(subsets, former);
        }
        Volatile.Write(ref _hosts, set);
        if (Config.LoadBalancer.ZoneAware is not null && LocalHosts is not null)
        {
            // Each worker works its shares out anew when it next looks at the hosts.
            Stats.Scope.AddFromMain((int)ClusterStat.LbRecalculateZoneStructures, WorkerCount);
        }
        if (set.HashTables.Length > 0)
        {
            SetTableGauges(set);
        }
    }

    /// <summary>In Envoy each worker and the main thread have subsets of their own, all of them counted.</summary>
    private void CountSubsets(SubsetTable subsets, SubsetTable? former)
    {
        var (scope, copies) = (Stats.Scope, WorkerCount + 1);
        scope.Set((int)ClusterStat.LbSubsetsActive, subsets.Count * copies);
        scope.AddFromMain((int)ClusterStat.LbSubsetsCreated, subsets.CountNotIn(former) * copies);
        scope.AddFromMain((int)ClusterStat.LbSubsetsRemoved, (former?.CountNotIn(subsets) ?? 0) * copies);
        if (subsets.HasSingleHosts)
        {
            scope.Set(
                scope.GetOrAdd("lb_subsets_single_host_per_subset_duplicate", StatKind.Gauge), subsets.SharedPlaces);
        }
    }

    private void SetGauges(IReadOnlyCollection<Host> hosts)
    {
        var scope = Stats.Scope;
        scope.Set((int)ClusterStat.MembershipTotal, hosts.Count);
        scope.Set((int)ClusterStat.MembershipHealthy, hosts.Count(host => host.IsHealthy && !host.IsExcluded));
        scope.Set((int)ClusterStat.MembershipDegraded, hosts.Count(host => host.IsDegraded && !host.IsExcluded));
        scope.Set((int)ClusterStat.MembershipExcluded, hosts.Count(host => host.IsExcluded));
    }

    private void SetTableGauges(HostSet set)
    {
        var scope = Stats.Scope;
        var table = set.HashTables[^1];
        var (prefix, unit) = Config.LoadBalancer.Policy == LoadBalancerPolicy.RingHash
            ? ("ring_hash_lb.", "hashes")
            : ("maglev_lb.", "entries");
        scope.Set(scope.GetOrAdd($"{prefix}min_{unit}_per_host", StatKind.Gauge), table.EntriesPerHost.Min);
        scope.Set(scope.GetOrAdd($"{prefix}max_{unit}_per_host", StatKind.Gauge), table.EntriesPerHost.Max);
        if (Config.LoadBalancer.Policy == LoadBalancerPolicy.RingHash)
        {
            scope.Set(scope.GetOrAdd($"{prefix}size", StatKind.Gauge), table.Size);
        }
    }
}
