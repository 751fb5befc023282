using Lateen.Pilot.Graph;

namespace Lateen.Pilot.Model;

/// <summary>Services by host and namespace.</summary>
public sealed class ServiceQueries
{
    private readonly MeshModel _model;
    private readonly Query<ServiceKey, Service?> _service;

    internal ServiceQueries(IncrementalGraph graph, MeshModel model)
    {
        _model = model;
        _service = graph.CreateQuery<ServiceKey, Service?>("service", Compute);
    }

    /// <summary>The service, or null when nothing declares it. Several entries for one host in one namespace are one
    /// service: the oldest decides, the others add ports.</summary>
    public Service? Get(QueryContext context, ServiceKey key) => _service.Get(context, key);

    private Service? Compute(QueryContext context, ServiceKey key)
    {
        var trustDomain = _model.Inputs.MeshConfig(context).TrustDomain;
        Service? merged = null;
        foreach (var source in _model.Inputs.ServiceSources.Get(context, key))
        {
            foreach (var service in Of(source, trustDomain))
            {
                if (service.Hostname != key.Hostname)
                {
                    continue;
                }
                merged = merged is null ? service : Merge(merged, service);
            }
        }
        return merged;
    }

    private IEnumerable<Service> Of(MeshObject source, string trustDomain)
    {
        return source.Key.Kind == ObjectKind.Service
            ? [KubernetesServices.Convert(source, _model.Options.DomainSuffix, trustDomain)]
            : ServiceEntries.Convert(source);
    }

    private static Service Merge(Service first, Service next)
    {
        // An entry for the host of a platform service only adds identities.
        if (first.Registry != next.Registry)
        {
            var (platform, entry) = first.Registry == ServiceRegistry.Kubernetes ? (first, next) : (next, first);
            return platform with
            {
                SubjectAltNames = platform.SubjectAltNames.Items.Union(entry.SubjectAltNames.Items).ToEquatable(),
            };
        }
        if (first.Registry == ServiceRegistry.Kubernetes || first.Resolution != next.Resolution)
        {
            return first;
        }
        return first with
        {
            Ports = first.Ports.Items.Concat(next.Ports.Items.Where(p => first.PortOf(p.Number) is null)).ToEquatable(),
            Addresses = first.Addresses.Items.Union(next.Addresses.Items).ToEquatable(),
            SubjectAltNames = first.SubjectAltNames.Items.Union(next.SubjectAltNames.Items).ToEquatable(),
        };
    }
}
