using Envoy.Config.Core.V3;
using Envoy.Extensions.TransportSockets.Tls.V3;
using Google.Protobuf.WellKnownTypes;

namespace Lateen.Pilot.Clusters;

/// <summary>Where a proxy gets a secret from: its agent, or the control plane (contract 6, SDS resources).</summary>
public static class SecretConfigs
{
    /// <summary>The workload's own certificate.</summary>
    public const string WorkloadCertificate = "default";

    /// <summary>The mesh's roots.</summary>
    public const string MeshRoot = "ROOTCA";

    /// <summary>A secret of the mesh, from the agent; the proxy does not wait for it when it starts.</summary>
    public static SdsSecretConfig FromAgent(string name)
    {
        var config = FromAgentFile(name);
        config.SdsConfig.InitialFetchTimeout = new Duration();
        return config;
    }

    /// <summary>A secret that the agent reads from files.</summary>
    public static SdsSecretConfig FromAgentFile(string name)
    {
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
                        new GrpcService { EnvoyGrpc = new GrpcService.Types.EnvoyGrpc { ClusterName = "sds-grpc" } },
                    },
                },
                ResourceApiVersion = ApiVersion.V3,
            },
        };
    }

    /// <summary>A secret that the control plane serves: a name without a scheme is a Kubernetes Secret.</summary>
    public static SdsSecretConfig FromControlPlane(string credentialName)
    {
        ArgumentNullException.ThrowIfNull(credentialName);
        return new SdsSecretConfig
        {
            Name = credentialName.Contains("://", StringComparison.Ordinal) ? credentialName
                : $"kubernetes://{credentialName}",
            SdsConfig = new ConfigSource { Ads = new AggregatedConfigSource(), ResourceApiVersion = ApiVersion.V3 },
        };
    }
}
