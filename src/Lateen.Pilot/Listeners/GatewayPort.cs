using Lateen.Pilot.Model;

namespace Lateen.Pilot.Listeners;

/// <summary>Servers that share an address, a port and a protocol.</summary>
internal sealed class GatewayPort(int number, string protocolName, string bind)
{
    /// <summary>Port of the proxy.</summary>
    internal int Number { get; } = number;

    /// <summary>Protocol as declared by the first.</summary>
    internal string ProtocolName { get; } = protocolName;

    /// <summary>Declared address; empty for all.</summary>
    internal string Bind { get; } = bind;

    /// <summary>Its servers, oldest Gateway first.</summary>
    internal List<GatewayServer> Servers { get; } = [];

    /// <summary>What it speaks.</summary>
    internal Protocol Protocol => ProtocolRules.Parse(ProtocolName);
}
