namespace Lateen.Agent;

/// <summary>The command line of an agent, as pilot-agent's <c>proxy</c> takes it.</summary>
public sealed record AgentFlags
{
    /// <summary><c>sidecar</c> (default), <c>router</c> or <c>waypoint</c>.</summary>
    public string Role { get; init; } = "sidecar";

    /// <summary>DNS domain of the proxy's services; empty takes it from the namespace.</summary>
    public string Domain { get; init; } = "";

    /// <summary>Workers of the proxy; null takes them from the configuration.</summary>
    public int? Concurrency { get; init; }

    /// <summary>File of the mesh configuration; default <c>./etc/istio/config/mesh</c>.</summary>
    public string MeshConfigFile { get; init; } = "./etc/istio/config/mesh";

    /// <summary>Where outlier ejections are logged.</summary>
    public string OutlierLogPath { get; init; } = "";

    /// <summary>Log level of the proxy, then of its components; default <c>warning</c>.</summary>
    public string ProxyLogLevel { get; init; } = "warning";

    /// <summary>Log levels of the proxy's components.</summary>
    public string ProxyComponentLogLevel { get; init; } = "";

    /// <summary>Log lines of the proxy as JSON.</summary>
    public bool LogAsJson { get; init; }

    /// <summary>Path of a proxy to run as a program; null takes <c>binaryPath</c> of PROXY_CONFIG, else our
    /// own.</summary>
    public string? Proxy { get; init; }
}
