using Lateen.Http;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Rbac;

/// <summary>The settings of an rbac filter: rules that are enforced and rules that are only noted.</summary>
internal sealed class RbacRules
{
    /// <summary>Of the network filter.</summary>
    public const string NetworkNamespace = "envoy.filters.network.rbac";

    /// <summary>Null: nothing is enforced.</summary>
    public RbacEngine? Rules { get; init; }

    public RbacEngine? ShadowRules { get; init; }

    public string ShadowPrefix { get; init; } = "";

    public string RulesPrefix { get; init; } = "";

    /// <summary>Counts each policy that was effective.</summary>
    public bool TracksPolicies { get; init; }

    /// <summary>Namespace of the dynamic metadata with the outcome.</summary>
    public required string MetadataNamespace { get; init; }

    public required RbacStats Stats { get; init; }

    /// <summary>
    /// Notes the shadow outcome, then decides. On a refusal <paramref name="details"/> tells the policy.
    /// </summary>
    public bool IsAllowed(int worker, HeaderMap? headers, StreamInfo info, out byte[] details) =>
        IsAllowed(worker, headers, info, Stats, out details);

    /// <summary>The same for rules of a route, which count where the filter counts.</summary>
    public bool IsAllowed(int worker, HeaderMap? headers, StreamInfo info, RbacStats stats, out byte[] details)
    {
        details = [];
        if (ShadowRules is not null)
        {
            var allowed = ShadowRules.IsAllowed(headers, info, out var policy, out _, out _);
            stats.CountShadow(worker, allowed);
            if (TracksPolicies && policy is not null)
            {
                stats.CountShadowPolicy(worker, policy, allowed);
            }
            if (policy is not null)
            {
                info.SetMetadata(MetadataNamespace, ShadowPolicyKey, policy);
            }
            info.SetMetadata(MetadataNamespace, ShadowResultKey, allowed ? "allowed" : "denied");
        }
        if (Rules is null)
        {
            return true;
        }
        var isAllowed = Rules.IsAllowed(headers, info, out var effective, out var denied, out var hint);
        Note(info, effective, isAllowed, hint);
        stats.Count(worker, isAllowed);
        if (TracksPolicies && effective is not null)
        {
            stats.CountPolicy(worker, effective, isAllowed);
        }
        if (!isAllowed)
        {
            details = denied;
        }
        return isAllowed;
    }

    /// <summary>Of the network filter only the hint for logs is told.</summary>
    private void Note(StreamInfo info, string? policy, bool isAllowed, bool? hint)
    {
        if (hint is { } isLogged)
        {
            info.SetMetadata("envoy.common", "access_log_hint", isLogged);
        }
        if (MetadataNamespace == NetworkNamespace)
        {
            return;
        }
        if (policy is not null)
        {
            info.SetMetadata(MetadataNamespace, PolicyKey, policy);
        }
        info.SetMetadata(MetadataNamespace, ResultKey, isAllowed ? "allowed" : "denied");
    }

    private string PolicyKey => _policyKey ??= $"{RulesPrefix}enforced_effective_policy_id";

    private string ResultKey => _resultKey ??= $"{RulesPrefix}enforced_engine_result";

    private string ShadowPolicyKey => _shadowPolicyKey ??= $"{ShadowPrefix}shadow_effective_policy_id";

    private string ShadowResultKey => _shadowResultKey ??= $"{ShadowPrefix}shadow_engine_result";

    private string? _policyKey;
    private string? _resultKey;
    private string? _shadowPolicyKey;
    private string? _shadowResultKey;
}
