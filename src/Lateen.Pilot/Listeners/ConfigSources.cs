using Envoy.Config.Core.V3;
using Envoy.Extensions.TransportSockets.Tls.V3;
using Lateen.Pilot.Routes;

namespace Lateen.Pilot.Listeners;

/// <summary>Where discovered resources come from.</summary>
internal static class ConfigSources
{
    /// <summary>Workload certificate.</summary>
    internal const string DefaultSecret = "default";

    /// <summary>Roots of the mesh.</summary>
    internal const string RootSecret = "ROOTCA";

    private const string AgentCluster = "sds-grpc";

    /// <summary>From the control plane; without a limit on the first answer when asked for.</summary>
    internal static ConfigSource Ads(bool noTimeout)
    {
        return new ConfigSource
        {
            Ads = new AggregatedConfigSource(),
            InitialFetchTimeout = noTimeout ? Durations.Zero() : null,
            ResourceApiVersion = ApiVersion.V3,
        };
    }

    /// <summary>A secret that the agent beside the proxy serves: the workload's own, or files.</summary>
    internal static SdsSecretConfig AgentSecret(string name)
    {
        var own = name is DefaultSecret or RootSecret;
        return new SdsSecretConfig
        {
            Name = name,
            SdsConfig = new ConfigSource
            {
                ApiConfigSource = new ApiConfigSource
                {
                    ApiType = ApiConfigSource.Types.ApiType.Grpc,
                    SetNodeOnFirstMessageOnly = true,
                    TransportApiVersion = ApiVersion.V3,
                    GrpcServices =
                    {
                        new GrpcService
                        {
                            EnvoyGrpc = new GrpcService.Types.EnvoyGrpc { ClusterName = AgentCluster },
                        },
                    },
                },
                // The workload's own certificate always comes; a file may never.
                InitialFetchTimeout = own ? Durations.Zero() : null,
                ResourceApiVersion = ApiVersion.V3,
            },
        };
    }

    /// <summary>A secret that the control plane serves, by the name in a Gateway.</summary>
    internal static SdsSecretConfig ControlPlaneSecret(string credentialName)
    {
        return credentialName switch
        {
            "builtin://" => AgentSecret(DefaultSecret),
            "builtin://-cacert" => AgentSecret(RootSecret),
            _ => new SdsSecretConfig { Name = ResourceName(credentialName), SdsConfig = Ads(noTimeout: false) },
        };
    }

    private static string ResourceName(string credentialName)
    {
        return credentialName.Contains("://", StringComparison.Ordinal)
            ? credentialName : "kubernetes://" + credentialName;
    }
}
