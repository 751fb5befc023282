using System.Collections.Frozen;
using Lateen.Pilot.Graph;

namespace Lateen.Pilot.Model;

/// <summary>What a group of proxies sees: at most one service per host.</summary>
public sealed class ServiceScope : IEquatable<ServiceScope>
{
    private readonly Lazy<FrozenDictionary<string, ServiceListing>> _byHost;

    /// <summary>Wraps the result of a scope query.</summary>
    public ServiceScope(EquatableArray<ServiceListing> services, EquatableArray<EgressListenerScope> listeners)
    {
        Services = services;
        Listeners = listeners;
        _byHost = new(() => Services.Items.ToFrozenDictionary(s => s.Key.Hostname));
    }

    /// <summary>All services, those asked for first, then those that imported VirtualServices send to.</summary>
    public EquatableArray<ServiceListing> Services { get; }

    /// <summary>Each egress listener by itself, in the Sidecar's order.</summary>
    public EquatableArray<EgressListenerScope> Listeners { get; }

    /// <summary>The visible service of this host, or null.</summary>
    public ServiceListing? Find(string hostname) => _byHost.Value.GetValueOrDefault(hostname);

    /// <inheritdoc/>
    public bool Equals(ServiceScope? other)
        => other is not null && Services == other.Services && Listeners == other.Listeners;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ServiceScope);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Services.Count, Listeners.Count);
}
