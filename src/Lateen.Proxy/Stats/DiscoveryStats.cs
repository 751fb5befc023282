using Lateen.Xds;

namespace Lateen.Proxy.Stats;

/// <summary>
/// What discovery counts: <c>cluster_manager.cds.</c> and <c>listener_manager.lds.</c> by update, and
/// <c>control_plane.</c>. Thread: any.
/// </summary>
internal sealed class DiscoveryStats(StatsStore store)
{
    private static readonly StatLayout SubscriptionLayout =
        StatLayout.Build<SubscriptionStat>([SubscriptionStat.UpdateTime]);

    private static readonly StatLayout ControlPlaneLayout =
        StatLayout.Build<ControlPlaneStat>([ControlPlaneStat.ConnectedState]);

    private readonly StatsScope _clusters = store.GetScope("cluster_manager.cds.", SubscriptionLayout);
    private readonly StatsScope _listeners = store.GetScope("listener_manager.lds.", SubscriptionLayout);
    private readonly StatsScope _controlPlane = store.GetScope("control_plane.", ControlPlaneLayout);

    private enum SubscriptionStat
    {
        UpdateAttempt,
        UpdateFailure,
        UpdateRejected,
        UpdateSuccess,
        UpdateTime,
    }

    private enum ControlPlaneStat
    {
        ConnectedState,
    }

    /// <summary>The stream to the control plane came or went.</summary>
    public void OnConnection(bool connected)
    {
        _controlPlane.Set((int)ControlPlaneStat.ConnectedState, connected ? 1 : 0);
        if (!connected)
        {
            _clusters.AddFromMain((int)SubscriptionStat.UpdateFailure);
            _listeners.AddFromMain((int)SubscriptionStat.UpdateFailure);
        }
    }

    /// <summary>An update was applied or refused at <paramref name="now"/>.</summary>
    public void OnUpdate(string typeUrl, bool accepted, DateTimeOffset now)
    {
        var scope = typeUrl switch
        {
            TypeUrls.Cluster => _clusters,
            TypeUrls.Listener => _listeners,
            _ => null,
        };
        scope?.AddFromMain((int)SubscriptionStat.UpdateAttempt);
        scope?.AddFromMain((int)(accepted ? SubscriptionStat.UpdateSuccess : SubscriptionStat.UpdateRejected));
        scope?.Set((int)SubscriptionStat.UpdateTime, now.ToUnixTimeMilliseconds());
    }
}
