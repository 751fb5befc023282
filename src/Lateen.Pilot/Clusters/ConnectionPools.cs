using Envoy.Config.Cluster.V3;
using Envoy.Config.Core.V3;
using Google.Protobuf.WellKnownTypes;
using Istio.Mesh.V1Alpha1;
using Istio.Networking.V1Alpha3;
using Thresholds = Envoy.Config.Cluster.V3.CircuitBreakers.Types.Thresholds;

namespace Lateen.Pilot.Clusters;

/// <summary>Connection pool settings as circuit breakers, time-outs and protocol options (contract 8.1).</summary>
internal static class ConnectionPools
{
    public static void Apply(
        Cluster cluster,
        HttpOptions http,
        MeshConfig mesh,
        ConnectionPoolSettings settings,
        TrafficPolicy.Types.RetryBudget? retryBudget)
    {
        var thresholds = new Thresholds
        {
            MaxConnections = Or(settings.Tcp?.MaxConnections),
            MaxPendingRequests = Or(settings.Http?.Http1MaxPendingRequests),
            MaxRequests = Or(settings.Http?.Http2MaxRequests),
            MaxRetries = Or(settings.Http?.MaxRetries),
        };
        ApplyRetryBudget(thresholds, retryBudget);
        cluster.CircuitBreakers = new CircuitBreakers { Thresholds = { thresholds } };
        cluster.ConnectTimeout = settings.Tcp?.ConnectTimeout ?? mesh.ConnectTimeout;
        ApplyKeepalive(cluster, mesh.TcpKeepalive);
        ApplyKeepalive(cluster, settings.Tcp?.TcpKeepalive);
        ApplyHttp(http, settings);
    }

    public static bool UpgradesToHttp2(MeshConfig mesh, ConnectionPoolSettings settings, Model.Protocol protocol)
    {
        if (settings.Http is { } http)
        {
            if (http.UseClientProtocol)
            {
                return false;
            }
            switch (http.H2UpgradePolicy)
            {
                case ConnectionPoolSettings.Types.HTTPSettings.Types.H2UpgradePolicy.Upgrade:
                    return true;
                case ConnectionPoolSettings.Types.HTTPSettings.Types.H2UpgradePolicy.DoNotUpgrade:
                    return false;
            }
        }
        return Model.ProtocolRules.IsHttp(protocol)
            && mesh.H2UpgradePolicy == MeshConfig.Types.H2UpgradePolicy.Upgrade;
    }

    private static void ApplyHttp(HttpOptions http, ConnectionPoolSettings settings)
    {
        var idleTimeout = settings.Http?.IdleTimeout ?? settings.Tcp?.IdleTimeout;
        var lifetime = settings.Tcp?.MaxConnectionDuration;
        var perConnection = settings.Http?.MaxRequestsPerConnection ?? 0;
        var streams = settings.Http?.MaxConcurrentStreams ?? 0;
        var keepAlive = settings.Http?.Http2KeepAlive;
        if (idleTimeout is not null || lifetime is not null || perConnection > 0 || streams > 0 || keepAlive
            is not null)
        {
            var common = http.Options.CommonHttpProtocolOptions ??= new Envoy.Config.Core.V3.HttpProtocolOptions();
            common.IdleTimeout = idleTimeout ?? common.IdleTimeout;
            common.MaxConnectionDuration = lifetime ?? common.MaxConnectionDuration;
            common.MaxRequestsPerConnection = perConnection > 0 ? (uint)perConnection : common.MaxRequestsPerConnection;
            if (http.Options.ExplicitHttpConfig?.Http2ProtocolOptions is { } http2)
            {
                http2.MaxConcurrentStreams = streams > 0 ? (uint)streams : http2.MaxConcurrentStreams;
                http2.ConnectionKeepalive = keepAlive is null ? null
                    : new KeepaliveSettings { Interval = keepAlive.Interval, Timeout = keepAlive.Timeout };
            }
        }
        if (settings.Http is { UseClientProtocol: true })
        {
            http.UseDownstreamProtocol();
        }
    }

    private static void ApplyRetryBudget(Thresholds thresholds, TrafficPolicy.Types.RetryBudget? budget)
    {
        if (budget is null)
        {
            return;
        }
        thresholds.RetryBudget = new Thresholds.Types.RetryBudget
        {
            BudgetPercent = new Envoy.Type.V3.Percent { Value = budget.Percent ?? 20 },
            MinRetryConcurrency = budget.MinRetryConcurrency > 0 ? budget.MinRetryConcurrency : 3,
            BudgetInterval = budget.BudgetInterval,
        };
    }

    private static void ApplyKeepalive(
        Cluster cluster, ConnectionPoolSettings.Types.TCPSettings.Types.TcpKeepalive? keepalive)
    {
        if (keepalive is null)
        {
            return;
        }
        cluster.UpstreamConnectionOptions ??= new UpstreamConnectionOptions { TcpKeepalive = new TcpKeepalive() };
        var target = cluster.UpstreamConnectionOptions.TcpKeepalive;
        target.KeepaliveProbes = keepalive.Probes > 0 ? keepalive.Probes : target.KeepaliveProbes;
        target.KeepaliveTime = Seconds(keepalive.Time) ?? target.KeepaliveTime;
        target.KeepaliveInterval = Seconds(keepalive.Interval) ?? target.KeepaliveInterval;
    }

    private static uint? Seconds(Duration? duration) => duration is null ? null : (uint)duration.Seconds;

    private static uint Or(int? limit) => limit > 0 ? (uint)limit.Value : uint.MaxValue;
}
