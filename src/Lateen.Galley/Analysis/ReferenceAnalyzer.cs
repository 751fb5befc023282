using System.Collections.Immutable;
using Istio.Networking.V1Alpha3;
using Lateen.Core;
using Lateen.Core.Yaml;
using Lateen.Galley.Validation;

namespace Lateen.Galley;

/// <summary>
/// Finds references between objects that lead nowhere: hosts, subsets and gateways that do not exist. None of them
/// keeps an object out of force, because the other object may come later.
/// </summary>
public sealed class ReferenceAnalyzer
{
    private const string HostCode = "reference.host";
    private const string SubsetCode = "reference.subset";
    private const string GatewayCode = "reference.gateway";
    private const string Mesh = "mesh";

    private readonly ConfigSnapshot _snapshot;
    private readonly string _suffix;
    private readonly HashSet<string> _exact = new(StringComparer.Ordinal);
    private readonly List<string> _wildcards = [];
    private readonly Dictionary<string, HashSet<string>> _subsets = new(StringComparer.Ordinal);
    private readonly ImmutableArray<ConfigError>.Builder _found = ImmutableArray.CreateBuilder<ConfigError>();

    private ReferenceAnalyzer(ConfigSnapshot snapshot, string domainSuffix)
    {
        _snapshot = snapshot;
        _suffix = $"svc.{domainSuffix}";
        foreach (var service in snapshot.List(ConfigKinds.Service))
        {
            _exact.Add($"{service.Name}.{service.Namespace}.{_suffix}");
        }

        foreach (var host in snapshot.List(ConfigKinds.ServiceEntry).SelectMany(e => e.As<ServiceEntry>().Hosts))
        {
            if (host.StartsWith('*'))
            {
                _wildcards.Add(host);
            }
            else
            {
                _exact.Add(host);
            }
        }

        foreach (var rule in snapshot.List(ConfigKinds.DestinationRule))
        {
            var spec = rule.As<DestinationRule>();
            var host = Resolve(spec.Host, rule.Namespace);
            if (!_subsets.TryGetValue(host, out var names))
            {
                _subsets.Add(host, names = new HashSet<string>(StringComparer.Ordinal));
            }

            names.UnionWith(spec.Subsets.Select(s => s.Name));
        }
    }

    /// <summary>Everything that leads nowhere, in the order of the objects.</summary>
    /// <param name="snapshot">All objects.</param>
    /// <param name="domainSuffix">Of the platform's services.</param>
    public static ImmutableArray<ConfigError> Analyze(ConfigSnapshot snapshot, string domainSuffix = "cluster.local")
    {
        var analyzer = new ReferenceAnalyzer(snapshot, domainSuffix);
        foreach (var item in snapshot.List(ConfigKinds.VirtualService))
        {
            analyzer.VirtualService(item);
        }

        foreach (var item in snapshot.List(ConfigKinds.DestinationRule))
        {
            analyzer.Host(item, item.As<DestinationRule>().Host, "spec.host");
        }

        return analyzer._found.DrainToImmutable();
    }

    private void VirtualService(ConfigObject item)
    {
        var service = item.As<VirtualService>();
        for (var i = 0; i < service.Gateways.Count; i++)
        {
            Gateway(item, service.Gateways[i], NodePath.Item("spec.gateways", i));
        }

        for (var i = 0; i < service.Http.Count; i++)
        {
            var (route, at) = (service.Http[i], NodePath.Item("spec.http", i));
            Destinations(item, route.Route.Select(r => r.Destination), at);
            Destination(item, route.Mirror, NodePath.Field(at, "mirror"));
            for (var j = 0; j < route.Mirrors.Count; j++)
            {
                Destination(item, route.Mirrors[j].Destination,
                    NodePath.Field(NodePath.Item(NodePath.Field(at, "mirrors"), j), "destination"));
            }
        }

        for (var i = 0; i < service.Tls.Count; i++)
        {
            Destinations(item, service.Tls[i].Route.Select(r => r.Destination), NodePath.Item("spec.tls", i));
        }

        for (var i = 0; i < service.Tcp.Count; i++)
        {
            Destinations(item, service.Tcp[i].Route.Select(r => r.Destination), NodePath.Item("spec.tcp", i));
        }
    }

    private void Destinations(ConfigObject item, IEnumerable<Destination?> destinations, string path)
    {
        foreach (var (i, destination) in destinations.Index())
        {
            Destination(item, destination, $"{NodePath.Item(NodePath.Field(path, "route"), i)}.destination");
        }
    }

    private void Destination(ConfigObject item, Destination? destination, string path)
    {
        if (destination is null || !Host(item, destination.Host, NodePath.Field(path, "host"))
            || destination.Subset.Length == 0)
        {
            return;
        }

        var host = Resolve(destination.Host, item.Namespace);
        var rules = _subsets.Where(s => Hosts.IsSubset(host, s.Key)).ToList();
        if (!rules.Any(r => r.Value.Contains(destination.Subset)))
        {
            var near = Spelling.Nearest(destination.Subset, rules.SelectMany(r => r.Value));
            Add(item, NodePath.Field(path, "subset"), SubsetCode,
                $"no DestinationRule for {host} has the subset \"{destination.Subset}\"",
                near is null ? null : $"Did you mean \"{near}\"?");
        }
    }

    private bool Host(ConfigObject item, string written, string path)
    {
        var host = Resolve(written, item.Namespace);
        var exists = host.StartsWith('*')
            ? _exact.Any(e => Hosts.IsSubset(e, host)) || _wildcards.Any(w => Hosts.Overlap(w, host))
            : _exact.Contains(host) || _exact.Contains($"{host}.{_suffix}") || IsPartOfService(host)
                || _wildcards.Any(w => Hosts.IsSubset(host, w));
        if (!exists)
        {
            var near = Spelling.Nearest(host, _exact);
            Add(item, path, HostCode, $"the host {host} does not exist",
                near is null ? "Add a Service or a ServiceEntry for it." : $"Did you mean {near}?");
        }

        return exists;
    }

    // name.namespace and name.namespace.svc reach the service in the mesh, too.
    private bool IsPartOfService(string host)
    {
        var parts = host.Split('.');
        return (parts.Length == 2 || (parts.Length == 3 && parts[2] == "svc"))
            && _exact.Contains($"{parts[0]}.{parts[1]}.{_suffix}");
    }

    private void Gateway(ConfigObject item, string name, string path)
    {
        if (name == Mesh)
        {
            return;
        }

        var parts = name.Split('/');
        var (scope, gateway) = parts.Length == 2 ? (parts[0], parts[1]) : (item.Namespace, parts[0]);
        if (_snapshot.Get(ConfigKinds.Gateway, scope, gateway) is null)
        {
            Add(item, path, GatewayCode, $"the Gateway {scope}/{gateway} does not exist");
        }
    }

    private string Resolve(string host, string @namespace) =>
        host.Contains('.', StringComparison.Ordinal) || host == "*" ? host : $"{host}.{@namespace}.{_suffix}";

    private void Add(ConfigObject item, string path, string code, string message, string? hint = null)
    {
        var at = item.Raw is { } raw ? NodePath.Locate(raw, path) : default;
        _found.Add(new ConfigError(path, code, $"{item}: {message}", hint, at.File, at.Line, at.Column));
    }
}
