namespace Lateen.Simulation.Tests.Network;

/// <summary>The descriptors of one loop that have something to tell.</summary>
internal sealed class SimulatedEpoll(int descriptor)
{
    public int Descriptor { get; } = descriptor;

    public List<SimulatedSocket> Ready { get; } = [];
}
