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
    private readonly int _logged;
    private readonly int _notLogged;

    public RbacStats(StatsScope scope, string rulesPrefix, string shadowPrefix)
    {
        _scope = scope;
        (rulesPrefix, shadowPrefix) = (WithDot(rulesPrefix), WithDot(shadowPrefix));
        _allowed = scope.GetOrAdd($"rbac.{rulesPrefix}allowed");
        _denied = scope.GetOrAdd($"rbac.{rulesPrefix}denied");
        _shadowAllowed = scope.GetOrAdd($"rbac.{shadowPrefix}shadow_allowed");
        _shadowDenied = scope.GetOrAdd($"rbac.{shadowPrefix}shadow_denied");
        _logged = scope.GetOrAdd("rbac.logged");
        _notLogged = scope.GetOrAdd("rbac.not_logged");
    }

    private static string WithDot(string prefix) =>
        prefix.Length == 0 || prefix.EndsWith('.') ? prefix : $"{prefix}.";

    public void Count(int worker, bool allowed) => _scope.Add(worker, allowed ? _allowed : _denied);

    public void CountShadow(int worker, bool allowed) => _scope.Add(worker, allowed ? _shadowAllowed : _shadowDenied);

    public void CountLog(int worker, bool logged) => _scope.Add(worker, logged ? _logged : _notLogged);
}
