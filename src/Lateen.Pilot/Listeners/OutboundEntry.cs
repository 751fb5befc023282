using Lateen.Pilot.Model;

namespace Lateen.Pilot.Listeners;

/// <summary>An outbound listener while services are still being added to it.</summary>
internal sealed class OutboundEntry(IReadOnlyList<string> binds, int port, bool bindToPort)
{
    /// <summary>Addresses, the one that names it first.</summary>
    internal IReadOnlyList<string> Binds { get; } = binds;

    /// <summary>Its port.</summary>
    internal int Port { get; } = port;

    /// <summary>It binds; else it only stands for a captured destination.</summary>
    internal bool BindToPort { get; } = bindToPort;

    /// <summary>What it speaks so far; a mixture is <see cref="Protocol.Auto"/>.</summary>
    internal Protocol Protocol { get; set; }

    /// <summary>It was declared by a Sidecar: nothing else is added.</summary>
    internal bool Locked { get; set; }

    /// <summary>Its chains, first come first.</summary>
    internal List<OutboundChain> Chains { get; set; } = [];
}
