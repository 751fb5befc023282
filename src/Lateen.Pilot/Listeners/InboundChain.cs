using Istio.Networking.V1Alpha3;
using Lateen.Pilot.Model;

namespace Lateen.Pilot.Listeners;

/// <summary>A port of the workload that gets filter chains of its own.</summary>
internal sealed record InboundChain
{
    /// <summary>Host of the service, for traces and statistics; empty without one.</summary>
    public string Host { get; init; } = "";

    /// <summary>Port of the service; 0 without one.</summary>
    public int ServicePort { get; init; }

    /// <summary>Port of the workload; 0 stands for any port.</summary>
    public required int TargetPort { get; init; }

    /// <summary>Protocol as declared.</summary>
    public required Protocol Protocol { get; init; }

    /// <summary>The cluster of the workload's port.</summary>
    public required string Cluster { get; init; }

    /// <summary>Address that names the chain, and where it listens when it binds.</summary>
    public required string Bind { get; init; }

    /// <summary>It becomes a listener of its own instead of a part of the captured traffic.</summary>
    public bool BindToPort { get; init; }

    /// <summary>It takes what no port claims.</summary>
    public bool Passthrough { get; init; }

    /// <summary>TLS that a Sidecar declares for the port.</summary>
    public ServerTLSSettings? Tls { get; init; }

    /// <summary>It comes from the ingress listeners of a Sidecar.</summary>
    public bool FromSidecar { get; init; }

    /// <summary>Name of its chains; those for anything have fixed names by protocol.</summary>
    internal string Name(bool http)
    {
        return !Passthrough ? Addresses.ListenerName(Bind, TargetPort)
            : http ? ListenerNames.VirtualInboundCatchAllHttp : ListenerNames.VirtualInbound;
    }

    /// <summary>Name in statistics.</summary>
    internal string StatPrefix => (Passthrough ? Cluster : $"inbound_{Name(http: true)}") + ";";
}
