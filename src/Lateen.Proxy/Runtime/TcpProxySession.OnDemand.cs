using Lateen.Net;
using Lateen.Proxy.Stats;
using Lateen.Proxy.Streams;
using Lateen.Proxy.Tcp;
using Lateen.Xds;

namespace Lateen.Proxy.Runtime;

/// <content>The wait for a cluster that is asked for.</content>
internal sealed partial class TcpProxySession
{
    private LoopTimer? _clusterTimer;
    private bool _awaitsCluster;

    /// <summary>There is no such cluster: it is asked for, or the connection ends.</summary>
    private void OnNoCluster()
    {
        if (_config.OnDemand is not { } onDemand)
        {
            FailWithoutCluster();
            return;
        }

        Count(onDemand, TcpOnDemandStat.OnDemandClusterAttempt);
        _awaitsCluster = true;
        _clusterTimer = new LoopTimer(_worker.Loop.Timers, this, ClusterTimer);
        _clusterTimer.Start(Math.Max(1, onDemand.TimeoutNanos / 1_000_000));
        var name = _chain.Downstream.Info.GetFilterState(TcpProxyConfig.ClusterKey) as string
            ?? _config.PickEntry(_info.RandomValue).Cluster.Name;
        var loop = _worker.Loop;
        onDemand.Table.Ask(TypeUrls.Cluster, name, onDemand.Source, "", () =>
            loop.TryPost(static state => ((TcpProxySession)state!).OnClusterAnswer(false), this));
    }

    private void OnClusterAnswer(bool isTimeout)
    {
        if (!_awaitsCluster || _config.OnDemand is not { } onDemand)
        {
            return;
        }

        StopClusterWait();
        if (TryChooseCluster())
        {
            Count(onDemand, TcpOnDemandStat.OnDemandClusterSuccess);
            Attempt();
            return;
        }

        Count(onDemand, isTimeout
            ? TcpOnDemandStat.OnDemandClusterTimeout
            : TcpOnDemandStat.OnDemandClusterMissing);
        FailWithoutCluster();
    }

    private void StopClusterWait()
    {
        _awaitsCluster = false;
        _clusterTimer?.Remove();
    }

    private void FailWithoutCluster()
    {
        Count(TcpStat.DownstreamCxNoRoute);
        Fail(ResponseFlags.NoClusterFound);
    }

    private void Count(TcpOnDemand onDemand, TcpOnDemandStat stat) => onDemand.Stats.Add(_worker.Index, (int)stat);
}
