using System.Collections.Frozen;
using Lateen.Pilot.Graph;

namespace Lateen.Pilot.Model;

/// <summary>
/// The services of a view by host, apart from its rules: a rule that comes or goes leaves the services of a default
/// view alone, and with them whatever is computed from these.
/// </summary>
public sealed class ServiceView : IEquatable<ServiceView>
{
    private readonly Lazy<FrozenDictionary<string, ServiceListing>> _byHost;

    /// <summary>Wraps the services of a scope.</summary>
    public ServiceView(EquatableArray<ServiceListing> services)
    {
        Services = services;
        _byHost = new(() => Services.Items.ToFrozenDictionary(s => s.Key.Hostname));
    }

    /// <summary>All services in their order of precedence; each host once.</summary>
    public EquatableArray<ServiceListing> Services { get; }

    /// <summary>The visible service of this host, or null.</summary>
    public ServiceListing? Find(string hostname) => _byHost.Value.GetValueOrDefault(hostname);

    /// <inheritdoc/>
    public bool Equals(ServiceView? other) => other is not null && Services == other.Services;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ServiceView);

    /// <inheritdoc/>
    public override int GetHashCode() => Services.Count;
}
