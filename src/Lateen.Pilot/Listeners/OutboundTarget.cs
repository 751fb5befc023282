using Lateen.Pilot.Model;
using Lateen.Pilot.Routes;

namespace Lateen.Pilot.Listeners;

/// <summary>A service port for which an outbound listener is wanted.</summary>
internal sealed record OutboundTarget
{
    /// <summary>The service.</summary>
    public required Service Service { get; init; }

    /// <summary>Number of the listener's port; 0 on a Unix socket.</summary>
    public required int Port { get; init; }

    /// <summary>Protocol of the listener.</summary>
    public required Protocol Protocol { get; init; }

    /// <summary>Addresses to stand on; empty means those of the service.</summary>
    public IReadOnlyList<string> Binds { get; init; } = [];

    /// <summary>It binds.</summary>
    public bool BindToPort { get; init; }

    /// <summary>Destination ranges that lead to the service.</summary>
    public IReadOnlyList<string> Destinations { get; init; } = [];

    /// <summary>Rules that may apply.</summary>
    public required IReadOnlyList<VirtualServiceConfig> VirtualServices { get; init; }

    /// <summary>The address that names the listener; empty while it is not known.</summary>
    internal string Bind => Binds.Count > 0 ? Binds[0] : "";
}
