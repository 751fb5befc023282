using Envoy.Config.Route.V3;
using Istio.Networking.V1Alpha3;
using Lateen.Pilot.Model;

namespace Lateen.Pilot.Routes;

/// <summary>The inline route configuration of an inbound HTTP chain: everything goes to the workload.</summary>
internal static class InboundRoutes
{
    /// <summary>Makes it.</summary>
    /// <param name="cluster">Cluster of the workload's port, which also names the configuration.</param>
    /// <param name="host">Host of the service, for traces; empty without one.</param>
    /// <param name="servicePort">Port of the service, 0 without one.</param>
    /// <param name="protocol">Protocol of the port: a gRPC stream is not tried again.</param>
    /// <param name="defaultRetry">The mesh's retries for inbound routes; null means Istio's default.</param>
    internal static RouteConfiguration Build(string cluster, string host, int servicePort, Protocol protocol,
        HTTPRetry? defaultRetry)
    {
        var action = new RouteAction
        {
            Cluster = cluster,
            Timeout = Durations.Zero(),
            MaxStreamDuration = new RouteAction.Types.MaxStreamDuration
            {
                MaxStreamDuration_ = Durations.Zero(),
                GrpcTimeoutHeaderMax = Durations.Zero(),
            },
            RetryPolicy = protocol is Protocol.Grpc or Protocol.GrpcWeb ? null : RetryPolicies.Inbound(defaultRetry),
        };
        return new RouteConfiguration
        {
            Name = cluster,
            ValidateClusters = false,
            VirtualHosts =
            {
                new VirtualHost
                {
                    Name = $"inbound|http|{servicePort}",
                    Domains = { "*" },
                    Routes = { RouteTranslation.Default(action, $"{host}:{servicePort}/*") },
                },
            },
        };
    }
}
