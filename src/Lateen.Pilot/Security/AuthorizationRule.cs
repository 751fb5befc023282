using Envoy.Config.Core.V3;
using Envoy.Config.Rbac.V3;
using Istio.Security.V1Beta1;
using PermissionCondition = Lateen.Pilot.Security.AuthorizationCondition<Envoy.Config.Rbac.V3.Permission>;
using PrincipalCondition = Lateen.Pilot.Security.AuthorizationCondition<Envoy.Config.Rbac.V3.Principal>;

namespace Lateen.Pilot.Security;

/// <summary>
/// One rule of an AuthorizationPolicy as an RBAC policy: permissions are the OR over <c>to</c>, principals the OR over
/// <c>from</c>; the <c>when</c> conditions are added to each of them.
/// </summary>
internal static class AuthorizationRule
{
    private const string FilterMetadataPrefix = "experimental.";

    /// <summary>
    /// The RBAC policy, or null when the rule cannot hold. For ALLOW a condition that the filter cannot see drops the
    /// rule (narrower); for any other action it drops the condition (wider), so that both fail closed.
    /// </summary>
    internal static Policy? Translate(Rule rule, RBAC.Types.Action action, AuthorizationScope scope,
        TrustDomains trustDomains)
    {
        var narrow = action == RBAC.Types.Action.Allow;
        var always = new List<PrincipalCondition>();
        var alwaysTo = new List<PermissionCondition>();
        foreach (var condition in rule.When)
        {
            if (!When(condition, scope, trustDomains, always, alwaysTo))
            {
                return null;
            }
        }
        var policy = new Policy();
        foreach (var list in rule.To.Count == 0 ? [alwaysTo] : rule.To.Select(to => To(to.Operation, alwaysTo)))
        {
            if (Combine(list, scope.ForTcp && narrow, scope.ForTcp) is not { } all)
            {
                return null;
            }
            policy.Permissions.Add(PermissionMatchers.And(all));
        }
        foreach (var list in rule.From.Count == 0
            ? [always] : rule.From.Select(from => From(from.Source, always, scope, trustDomains)))
        {
            if (Combine(list, scope.ForTcp && narrow, scope.ForTcp) is not { } all)
            {
                return null;
            }
            policy.Principals.Add(PrincipalMatchers.And(all));
        }
        return policy;
    }

    private static List<Permission>? Combine(List<PermissionCondition> conditions, bool strict, bool forTcp)
    {
        var all = Combine(conditions, strict, forTcp, PermissionMatchers.Not);
        return all is { Count: 0 } ? [PermissionMatchers.Any()] : all;
    }

    private static List<Principal>? Combine(List<PrincipalCondition> conditions, bool strict, bool forTcp)
    {
        var all = Combine(conditions, strict, forTcp, PrincipalMatchers.Not);
        return all is { Count: 0 } ? [PrincipalMatchers.Any()] : all;
    }

    private static List<T>? Combine<T>(List<AuthorizationCondition<T>> conditions, bool strict, bool forTcp,
        Func<T, T> not)
        where T : class
    {
        var all = new List<T>();
        foreach (var condition in conditions)
        {
            if (condition.HttpOnly && forTcp)
            {
                if (strict && condition.Values.Count + condition.NotValues.Count > 0)
                {
                    return null;
                }
                continue;
            }
            if (condition.Values.Count > 0)
            {
                all.Add(condition.Match(condition.Values));
            }
            if (condition.NotValues.Count > 0)
            {
                all.Add(not(condition.Match(condition.NotValues)));
            }
        }
        return all;
    }

    private static List<PermissionCondition> To(Operation operation, List<PermissionCondition> always)
    {
        return
        [
            Permit(true, operation.Hosts, operation.NotHosts, PermissionMatchers.Host),
            Permit(true, operation.Methods, operation.NotMethods, PermissionMatchers.Method),
            Permit(true, operation.Paths, operation.NotPaths, PermissionMatchers.Path),
            Permit(false, operation.Ports, operation.NotPorts, PermissionMatchers.Port),
            .. always,
        ];
    }

    private static List<PrincipalCondition> From(Source source, List<PrincipalCondition> always,
        AuthorizationScope scope, TrustDomains trustDomains)
    {
        return
        [
            Caller(false, trustDomains.Expand(source.Principals), trustDomains.Expand(source.NotPrincipals),
                PrincipalMatchers.Identity),
            RequestPrincipal(source.RequestPrincipals, source.NotRequestPrincipals),
            Caller(false, source.ServiceAccounts, source.NotServiceAccounts,
                value => PrincipalMatchers.ServiceAccount(value, scope.Namespace)),
            Caller(false, trustDomains.ExpandDomains(source.TrustDomains),
                trustDomains.ExpandDomains(source.NotTrustDomains), PrincipalMatchers.TrustDomain),
            Caller(false, source.Namespaces, source.NotNamespaces, PrincipalMatchers.Namespace),
            Caller(false, source.RemoteIpBlocks, source.NotRemoteIpBlocks, RemoteIp),
            Caller(false, source.IpBlocks, source.NotIpBlocks, DirectIp),
            .. always,
        ];
    }

    /// <summary>Adds a <c>when</c> condition to its side; false means an unknown key, which no rule may
    /// survive.</summary>
    private static bool When(Condition condition, AuthorizationScope scope, TrustDomains trustDomains,
        List<PrincipalCondition> principals, List<PermissionCondition> permissions)
    {
        var (values, notValues) = ((IReadOnlyList<string>)condition.Values, (IReadOnlyList<string>)condition.NotValues);
        var key = condition.Key;
        switch (key)
        {
            case "source.ip":
                principals.Add(Caller(false, values, notValues, DirectIp));
                return true;
            case "remote.ip":
                principals.Add(Caller(false, values, notValues, RemoteIp));
                return true;
            case "source.namespace":
                principals.Add(Caller(false, values, notValues, PrincipalMatchers.Namespace));
                return true;
            case "source.serviceAccount":
                principals.Add(Caller(false, values, notValues,
                    value => PrincipalMatchers.ServiceAccount(value, scope.Namespace)));
                return true;
            case "source.principal":
                principals.Add(Caller(false, trustDomains.Expand(values), trustDomains.Expand(notValues),
                    PrincipalMatchers.Identity));
                return true;
            case "source.trustDomain":
                principals.Add(Caller(false, trustDomains.ExpandDomains(values),
                    trustDomains.ExpandDomains(notValues), PrincipalMatchers.TrustDomain));
                return true;
            case "request.auth.principal":
                principals.Add(RequestPrincipal(values, notValues));
                return true;
            case "request.auth.audiences":
                principals.Add(new PrincipalCondition(true, values, notValues,
                    all => PrincipalMatchers.Claims(["aud"], all)));
                return true;
            case "request.auth.presenter":
                principals.Add(new PrincipalCondition(true, values, notValues,
                    all => PrincipalMatchers.Claims(["azp"], all)));
                return true;
            case "destination.ip":
                permissions.Add(Permit(false, values, notValues, DestinationIp));
                return true;
            case "destination.port":
                permissions.Add(Permit(false, values, notValues, PermissionMatchers.Port));
                return true;
            case "connection.sni":
                permissions.Add(Permit(false, values, notValues, PermissionMatchers.Sni));
                return true;
            default:
                return Keyed(key, values, notValues, principals, permissions);
        }
    }

    private static bool Keyed(string key, IReadOnlyList<string> values, IReadOnlyList<string> notValues,
        List<PrincipalCondition> principals, List<PermissionCondition> permissions)
    {
        var open = key.IndexOf('[', StringComparison.Ordinal);
        if (open < 0 || !key.EndsWith(']'))
        {
            return false;
        }
        var path = key[(open + 1)..^1].Split("][");
        switch (key[..open])
        {
            case "request.headers":
                principals.Add(Caller(true, values, notValues, value => PrincipalMatchers.Header(path[0], value)));
                return true;
            case "request.auth.claims":
                principals.Add(new PrincipalCondition(true, values, notValues,
                    all => PrincipalMatchers.Claims(path, all)));
                return true;
            case var filter when filter.StartsWith(FilterMetadataPrefix + "envoy.filters.", StringComparison.Ordinal):
                permissions.Add(new PermissionCondition(false, values, notValues,
                    all => PermissionMatchers.FilterMetadata(filter[FilterMetadataPrefix.Length..], path[0], all)));
                return true;
            default:
                return false;
        }
    }

    private static PermissionCondition Permit(bool httpOnly, IReadOnlyList<string> values,
        IReadOnlyList<string> notValues, Func<string, Permission> one)
    {
        return new PermissionCondition(httpOnly, values, notValues, all => PermissionMatchers.Or(all.Select(one)));
    }

    private static PrincipalCondition Caller(bool httpOnly, IReadOnlyList<string> values,
        IReadOnlyList<string> notValues, Func<string, Principal> one)
    {
        return new PrincipalCondition(httpOnly, values, notValues, all => PrincipalMatchers.Or(all.Select(one)));
    }

    /// <summary>A single one stands by itself, unlike other attributes.</summary>
    private static PrincipalCondition RequestPrincipal(IReadOnlyList<string> values, IReadOnlyList<string> notValues)
    {
        return new PrincipalCondition(true, values, notValues, all => all.Count == 1
            ? PrincipalMatchers.RequestPrincipal(all[0])
            : PrincipalMatchers.Or(all.Select(PrincipalMatchers.RequestPrincipal)));
    }

    private static Principal DirectIp(string value)
    {
        return PrincipalMatchers.DirectIp(Range(value));
    }

    private static Principal RemoteIp(string value)
    {
        return PrincipalMatchers.RemoteIp(Range(value));
    }

    private static Permission DestinationIp(string value)
    {
        return PermissionMatchers.DestinationIp(Range(value));
    }

    /// <summary>Validation has refused other text; what slips through matches only the unusable broadcast
    /// address.</summary>
    private static CidrRange Range(string value)
    {
        return CidrRanges.Parse(value) ?? new CidrRange { AddressPrefix = "255.255.255.255", PrefixLen = 32 };
    }
}
