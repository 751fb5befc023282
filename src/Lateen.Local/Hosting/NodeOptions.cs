namespace Lateen.Local.Hosting;

/// <summary>What a mesh on this machine is made of.</summary>
public sealed record NodeOptions
{
    /// <summary>The user's folder (or one file) of YAML.</summary>
    public required string Folder { get; init; }

    /// <summary>Folder for logs, the authority and what is told to others; it stays when the mesh ends.</summary>
    public required string StateFolder { get; init; }

    /// <summary>This executable.</summary>
    public required string Executable { get; init; }

    /// <summary>The executable of agents and capture: native code where that was built.</summary>
    public required string AgentExecutable { get; init; }

    /// <summary>A real Envoy for the agents to drive, or null: the proxy within the agent.</summary>
    public string? ProxyPath { get; init; }

    /// <summary>About half of the pods keep our proxy where <see cref="ProxyPath"/> names an Envoy.</summary>
    public bool MixProxies { get; init; }

    /// <summary>More local commands for images, <c>image=command words</c>.</summary>
    public IReadOnlyList<string> Images { get; init; } = [];

    /// <summary>Without a control plane and proxies: pods, services and names alone.</summary>
    public bool PlatformOnly { get; init; }

    /// <summary>Pods on the machine's own loopback, without capture, where namespaces could be had too.</summary>
    public bool NoNamespaces { get; init; }

    /// <summary>The sample's executable beside ours, when it was built.</summary>
    public string? BookinfoExecutable { get; init; }

    /// <summary>Folder that the control plane reads.</summary>
    public string ConfigFolder => Path.Combine(StateFolder, "config");

    /// <summary>Folder of the containers' logs.</summary>
    public string LogFolder => Path.Combine(StateFolder, "logs");

    /// <summary>The pods' folders: in memory where a mount is possible.</summary>
    public string PodFolder => Path.Combine(StateFolder, "pods");

    /// <summary>Unix socket of the control server.</summary>
    public string ControlSocket => Path.Combine(StateFolder, "control.sock");
}
