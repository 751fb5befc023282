using Lateen.Pilot.Graph;

namespace Lateen.Pilot.Model;

/// <summary>What a group of proxies sees: at most one service per host.</summary>
public sealed class ServiceScope : IEquatable<ServiceScope>
{
    /// <summary>Wraps the result of a scope query.</summary>
    public ServiceScope(EquatableArray<ServiceListing> services, EquatableArray<EgressListenerScope> listeners)
    {
        Services = services;
        Listeners = listeners;
    }

    /// <summary>All services, those asked for first, then those that imported VirtualServices send to.</summary>
    public EquatableArray<ServiceListing> Services { get; }

    /// <summary>Each egress listener by itself, in the Sidecar's order.</summary>
    public EquatableArray<EgressListenerScope> Listeners { get; }

    /// <inheritdoc/>
    public bool Equals(ServiceScope? other)
        => other is not null && Services == other.Services && Listeners == other.Listeners;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ServiceScope);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Services.Count, Listeners.Count);
}
