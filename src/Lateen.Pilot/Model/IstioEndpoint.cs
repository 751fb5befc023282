namespace Lateen.Pilot.Model;

/// <summary>One address and port behind a service.</summary>
public sealed record IstioEndpoint
{
    /// <summary>IP address, host name (DNS services), or the path of a Unix socket.</summary>
    public required string Address { get; init; }

    /// <summary>The workload's port; zero for a Unix socket.</summary>
    public required int Port { get; init; }

    /// <summary>Name of the service port that it serves.</summary>
    public required string ServicePortName { get; init; }

    /// <summary>Number of the ServiceEntry's port that it serves; zero for endpoints of platform services.</summary>
    public int EntryPort { get; init; }

    /// <summary>Labels of the workload.</summary>
    public Labels Labels { get; init; } = Labels.Empty;

    /// <summary>Where the workload runs.</summary>
    public Locality Locality { get; init; } = Locality.None;

    /// <summary>Network of the workload; empty is the default one.</summary>
    public string Network { get; init; } = "";

    /// <summary>Cluster of the workload.</summary>
    public string ClusterId { get; init; } = "";

    /// <summary>Share of the load; 1 when not declared.</summary>
    public uint Weight { get; init; } = 1;

    /// <summary>The workload accepts the mesh's mutual TLS.</summary>
    public bool MutualTls { get; init; }

    /// <summary>SPIFFE identity; empty when unknown.</summary>
    public string Identity { get; init; } = "";

    /// <summary>What the platform says.</summary>
    public EndpointHealth Health { get; init; }

    /// <summary>It names a pod that is not known yet, and which may turn out to be anything: nobody is sent there, but
    /// the workload itself serves the port.</summary>
    public bool IsPending { get; init; }

    /// <summary>Namespace of the workload.</summary>
    public string Namespace { get; init; } = "";

    /// <summary>Name of the workload: of the Deployment where it can be told, else of the pod or entry.</summary>
    public string WorkloadName { get; init; } = "";

    /// <summary>Node of the pod; empty when unknown.</summary>
    public string NodeName { get; init; } = "";

    /// <summary>Host name of the pod for the names of a headless service.</summary>
    public string HostName { get; init; } = "";

    /// <summary>Subdomain of the pod for the names of a headless service.</summary>
    public string SubDomain { get; init; } = "";

    /// <summary>Whether the address is the path of a Unix socket.</summary>
    public bool IsUnix => Address.StartsWith('/') || Address.StartsWith('@');
}
