using Istio.Networking.V1Alpha3;
using Lateen.Pilot.Graph;

namespace Lateen.Pilot.Model;

/// <summary>
/// Which DestinationRule applies (API document 2.3): first the client's namespace, then the service's, then the root
/// namespace; inside a step the most specific host; rules for the same host are merged, oldest first.
/// </summary>
public sealed class DestinationRuleQueries
{
    private readonly MeshModel _model;
    private readonly Query<(string Client, Labels Labels, ServiceKey Service), MergedDestinationRule?> _rule;
    private readonly Query<string, EquatableArray<string>> _selectorKeys;

    internal DestinationRuleQueries(IncrementalGraph graph, MeshModel model)
    {
        _model = model;
        _rule = graph.CreateQuery<(string Client, Labels Labels, ServiceKey Service), MergedDestinationRule?>(
            "destinationRule", Compute);
        _selectorKeys = graph.CreateQuery<string, EquatableArray<string>>("destinationRuleSelectorKeys",
            ComputeSelectorKeys);
    }

    /// <summary>The rule for calls from a client to a service, or null.</summary>
    /// <param name="context">The reader.</param>
    /// <param name="clientNamespace">Namespace of the client's view.</param>
    /// <param name="clientLabels">Only those labels count that some rule of that namespace selects on.</param>
    /// <param name="service">The destination.</param>
    public MergedDestinationRule? Get(
        QueryContext context, string clientNamespace, Labels clientLabels, ServiceKey service)
    {
        return _rule.Get(context, (clientNamespace, Relevant(context, clientNamespace, clientLabels), service));
    }

    /// <summary>The labels that rules of the namespace select on: what a key of such a rule may hold.</summary>
    public Labels Relevant(QueryContext context, string clientNamespace, Labels clientLabels)
    {
        ArgumentNullException.ThrowIfNull(clientLabels);
        if (clientLabels.Count == 0)
        {
            return clientLabels;
        }
        var keys = _selectorKeys.Get(context, clientNamespace);
        return keys.IsEmpty ? Labels.Empty : clientLabels.Only(keys.Items.ToHashSet());
    }

    private EquatableArray<string> ComputeSelectorKeys(QueryContext context, string @namespace)
    {
        return _model.Inputs.ByKind.Get(context, (ObjectKind.DestinationRule, @namespace))
            .SelectMany(o => o.As<DestinationRule>().WorkloadSelector?.MatchLabels.Keys ?? [])
            .Distinct().Order(StringComparer.Ordinal).ToEquatable();
    }

    private MergedDestinationRule? Compute(
        QueryContext context, (string Client, Labels Labels, ServiceKey Service) key)
    {
        var mesh = _model.Inputs.MeshConfig(context);
        var root = mesh.RootNamespace;
        var fallback = mesh.DefaultDestinationRuleExportTo;
        var own = Best(context, key, key.Client, o => key.Client != root
            || Visibility.IsPrivate(o.As<DestinationRule>().ExportTo.ToEquatable(), fallback));
        if (own is not null)
        {
            return own;
        }
        bool Exported(MeshObject o) => Visibility.IsVisible(
            o.As<DestinationRule>().ExportTo.ToEquatable(), fallback, o.Key.Namespace, key.Client);
        var services = key.Service.Namespace;
        if (services != key.Client && services.Length > 0 && Best(context, key, services, Exported) is { } theirs)
        {
            return theirs;
        }
        return root != services || root == key.Client ? Best(context, key, root, Exported) : null;
    }

    private MergedDestinationRule? Best(
        QueryContext context,
        (string Client, Labels Labels, ServiceKey Service) key,
        string @namespace,
        Func<MeshObject, bool> applies)
    {
        foreach (var host in HostNames.CoveringNames(key.Service.Hostname))
        {
            var rules = _model.Inputs.DestinationRulesByHost.Get(context, (@namespace, host)).Where(applies).ToList();
            if (rules.Count == 0)
            {
                continue;
            }
            // A selector speaks of clients in the rule's own namespace.
            var selected = rules.Where(r => HasSelector(r) && @namespace == key.Client
                && key.Labels.Matches(r.As<DestinationRule>().WorkloadSelector.MatchLabels)).ToList();
            if (selected.Count > 0)
            {
                var first = selected[0].As<DestinationRule>().WorkloadSelector;
                return Merge(selected.Where(r => r.As<DestinationRule>().WorkloadSelector.Equals(first)));
            }
            var plain = rules.Where(r => !HasSelector(r)).ToList();
            if (plain.Count > 0)
            {
                return Merge(plain);
            }
        }
        return null;
    }

    private static bool HasSelector(MeshObject rule)
        => rule.As<DestinationRule>().WorkloadSelector is { MatchLabels.Count: > 0 };

    private static MergedDestinationRule Merge(IEnumerable<MeshObject> rules)
    {
        var sources = rules.ToList();
        if (sources.Count == 1)
        {
            return new MergedDestinationRule(sources[0].As<DestinationRule>(), [sources[0].Key]);
        }
        var merged = sources[0].As<DestinationRule>().Clone();
        foreach (var next in sources.Skip(1).Select(s => s.As<DestinationRule>()))
        {
            merged.Subsets.AddRange(next.Subsets.Where(s => merged.Subsets.All(m => m.Name != s.Name)).ToList());
            merged.TrafficPolicy ??= next.TrafficPolicy;
        }
        return new MergedDestinationRule(merged, sources.Select(s => s.Key).ToEquatable());
    }
}
