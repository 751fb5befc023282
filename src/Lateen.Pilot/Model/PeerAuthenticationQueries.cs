using Istio.Security.V1Beta1;
using Lateen.Pilot.Graph;

namespace Lateen.Pilot.Model;

/// <summary>
/// Which PeerAuthentication holds where (contract 10.2): per level (mesh, namespace, workload) the oldest object
/// counts, an unset mode is inherited, and PERMISSIVE is the end.
/// </summary>
public sealed class PeerAuthenticationQueries
{
    private readonly MeshModel _model;
    private readonly Query<string, MutualTlsMode> _namespaceMode;
    private readonly Query<string, EquatableArray<MeshObject>> _workloadPolicies;

    internal PeerAuthenticationQueries(IncrementalGraph graph, MeshModel model)
    {
        _model = model;
        _namespaceMode = graph.CreateQuery<string, MutualTlsMode>("namespaceMutualTls", ComputeNamespaceMode);
        _workloadPolicies = graph.CreateQuery<string, EquatableArray<MeshObject>>(
            "workloadPeerAuthentications", ComputeWorkloadPolicies);
    }

    /// <summary>The mode that namespace and mesh give together; unknown when neither says anything.</summary>
    public MutualTlsMode NamespaceMode(QueryContext context, string @namespace)
        => _namespaceMode.Get(context, @namespace);

    /// <summary>The objects with a selector in the namespace, oldest first; none in the root namespace.</summary>
    public EquatableArray<MeshObject> WorkloadPolicies(QueryContext context, string @namespace)
        => _workloadPolicies.Get(context, @namespace);

    /// <summary>The mode of one port of a workload. Port zero asks for the workload's own mode.</summary>
    public MutualTlsMode Mode(QueryContext context, string @namespace, Labels labels, int port)
    {
        ArgumentNullException.ThrowIfNull(labels);
        var inherited = NamespaceMode(context, @namespace);
        inherited = inherited == MutualTlsMode.Unknown ? MutualTlsMode.Permissive : inherited;
        foreach (var item in WorkloadPolicies(context, @namespace))
        {
            var policy = item.As<PeerAuthentication>();
            if (!labels.Matches(policy.Selector.MatchLabels))
            {
                continue;
            }
            var workload = Of(policy.Mtls) is var own && own == MutualTlsMode.Unknown ? inherited : own;
            return port > 0 && policy.PortLevelMtls.TryGetValue((uint)port, out var level)
                && Of(level) is var mode && mode != MutualTlsMode.Unknown ? mode : workload;
        }
        return inherited;
    }

    /// <summary>The mode of a message; unset and absent are unknown.</summary>
    public static MutualTlsMode Of(PeerAuthentication.Types.MutualTLS? mtls)
    {
        return mtls?.Mode switch
        {
            PeerAuthentication.Types.MutualTLS.Types.Mode.Disable => MutualTlsMode.Disable,
            PeerAuthentication.Types.MutualTLS.Types.Mode.Permissive => MutualTlsMode.Permissive,
            PeerAuthentication.Types.MutualTLS.Types.Mode.Strict => MutualTlsMode.Strict,
            _ => MutualTlsMode.Unknown,
        };
    }

    private MutualTlsMode ComputeNamespaceMode(QueryContext context, string @namespace)
    {
        var root = _model.Inputs.MeshConfig(context).RootNamespace;
        var own = FirstWithoutSelector(context, @namespace);
        return own != MutualTlsMode.Unknown || @namespace == root ? own : FirstWithoutSelector(context, root);
    }

    private MutualTlsMode FirstWithoutSelector(QueryContext context, string @namespace)
    {
        foreach (var item in _model.Inputs.ByKind.Get(context, (ObjectKind.PeerAuthentication, @namespace)))
        {
            var policy = item.As<PeerAuthentication>();
            if (!HasSelector(policy))
            {
                return Of(policy.Mtls);
            }
        }
        return MutualTlsMode.Unknown;
    }

    private EquatableArray<MeshObject> ComputeWorkloadPolicies(QueryContext context, string @namespace)
    {
        if (@namespace == _model.Inputs.MeshConfig(context).RootNamespace)
        {
            return [];
        }
        return _model.Inputs.ByKind.Get(context, (ObjectKind.PeerAuthentication, @namespace))
            .Where(i => HasSelector(i.As<PeerAuthentication>())).ToEquatable();
    }

    private static bool HasSelector(PeerAuthentication policy) => policy.Selector is { MatchLabels.Count: > 0 };
}
