using System.Collections.Concurrent;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Rbac;

/// <summary>Counters of an rbac filter within its scope: <c>rbac.allowed</c> and so on.</summary>
internal sealed class RbacStats
{
    private readonly StatsScope _scope;
    private readonly int _allowed;
    private readonly int _denied;
    private readonly int _shadowAllowed;
    private readonly int _shadowDenied;
    private readonly string _rulesPrefix;
    private readonly string _shadowPrefix;
    private readonly ConcurrentDictionary<(string Policy, bool IsAllowed), int> _policies = new();
    private readonly ConcurrentDictionary<(string Policy, bool IsAllowed), int> _shadowPolicies = new();

    public RbacStats(StatsScope scope, string rulesPrefix, string shadowPrefix)
    {
        _scope = scope;
        (rulesPrefix, shadowPrefix) = (WithDot(rulesPrefix), WithDot(shadowPrefix));
        _allowed = scope.GetOrAdd($"rbac.{rulesPrefix}allowed");
        _denied = scope.GetOrAdd($"rbac.{rulesPrefix}denied");
        _shadowAllowed = scope.GetOrAdd($"rbac.{shadowPrefix}shadow_allowed");
        _shadowDenied = scope.GetOrAdd($"rbac.{shadowPrefix}shadow_denied");
        (_rulesPrefix, _shadowPrefix) = (rulesPrefix, shadowPrefix);
    }

    private static string WithDot(string prefix) =>
        prefix.Length == 0 || prefix.EndsWith('.') ? prefix : $"{prefix}.";

    public void Count(int worker, bool allowed) => _scope.Add(worker, allowed ? _allowed : _denied);

    public void CountShadow(int worker, bool allowed) => _scope.Add(worker, allowed ? _shadowAllowed : _shadowDenied);

    /// <summary>Counts the policy that was effective: <c>policy.NAME.allowed</c>.</summary>
    public void CountPolicy(int worker, string policy, bool allowed)
    {
        if (!_policies.TryGetValue((policy, allowed), out var stat))
        {
            stat = _scope.GetOrAdd($"rbac.{_rulesPrefix}policy.{policy}.{(allowed ? "allowed" : "denied")}");
            _policies[(policy, allowed)] = stat;
        }
        _scope.Add(worker, stat);
    }

    /// <summary>The same of the rules that are only noted.</summary>
    public void CountShadowPolicy(int worker, string policy, bool allowed)
    {
        if (!_shadowPolicies.TryGetValue((policy, allowed), out var stat))
        {
            stat = _scope.GetOrAdd(
                $"rbac.{_shadowPrefix}policy.{policy}.shadow_{(allowed ? "allowed" : "denied")}");
            _shadowPolicies[(policy, allowed)] = stat;
        }
        _scope.Add(worker, stat);
    }
}
