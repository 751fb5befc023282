using Istio.Mesh.V1Alpha1;
using Lateen.Agent.Bootstrap;
using Lateen.Agent.Discovery;
using Lateen.Agent.Dns;
using Lateen.Agent.Lifecycle;
using Lateen.Agent.Secrets;

namespace Lateen.Agent;

/// <summary>All that an agent was told, resolved from flags, environment and files.</summary>
public sealed record AgentOptions
{
    /// <summary>The effective ProxyConfig.</summary>
    public required ProxyConfig Config { get; init; }

    /// <summary>What the bootstrap depends on.</summary>
    public required BootstrapOptions Bootstrap { get; init; }

    /// <summary>The environment.</summary>
    public required AgentEnvironment Environment { get; init; }

    /// <summary>Labels and annotations.</summary>
    public required PodFacts Pod { get; init; }

    /// <summary>Certificates.</summary>
    public required SecretOptions Secrets { get; init; }

    /// <summary>The certificate service.</summary>
    public required ControlPlaneTarget CertificateService { get; init; }

    /// <summary>How it is asked.</summary>
    public required CaClientOptions CaClient { get; init; }

    /// <summary>The control plane.</summary>
    public required ControlPlaneTarget Discovery { get; init; }

    /// <summary>What is added to discovery.</summary>
    public required DiscoveryProxyOptions DiscoveryProxy { get; init; }

    /// <summary>The DNS proxy; null where DNS is not captured.</summary>
    public DnsProxyOptions? Dns { get; init; }

    /// <summary>How it ends.</summary>
    public required ShutdownOptions Shutdown { get; init; }

    /// <summary>Path of a proxy to run as a program; empty for our own within this process.</summary>
    public required string ProxyProgram { get; init; }

    /// <summary>Log level of that program.</summary>
    public string ProxyLogLevel { get; init; } = "warning";

    /// <summary>Log levels of its components.</summary>
    public string ProxyComponentLogLevel { get; init; } = "";

    /// <summary>The agent runs without a proxy (DISABLE_ENVOY).</summary>
    public bool WithoutProxy { get; init; }
}
