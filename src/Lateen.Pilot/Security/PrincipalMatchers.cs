using Envoy.Config.Core.V3;
using Envoy.Config.Rbac.V3;
using Envoy.Type.Matcher.V3;

namespace Lateen.Pilot.Security;

/// <summary>RBAC principals for the attributes of a caller (Istio contract, rule translation).</summary>
internal static class PrincipalMatchers
{
    internal const string JwtFilter = "envoy.filters.http.jwt_authn";
    private const string Spiffe = "spiffe://";

    internal static Principal Any()
    {
        return new Principal { Any = true };
    }

    internal static Principal Not(Principal principal)
    {
        return new Principal { NotId = principal };
    }

    internal static Principal Or(IEnumerable<Principal> principals)
    {
        return new Principal { OrIds = new Principal.Types.Set { Ids = { principals } } };
    }

    internal static Principal And(IEnumerable<Principal> principals)
    {
        return new Principal { AndIds = new Principal.Types.Set { Ids = { principals } } };
    }

    /// <summary>A SPIFFE identity without its scheme; <c>*</c> takes any authenticated caller.</summary>
    internal static Principal Identity(string value)
    {
        return Authenticated(StringMatchers.OfPrefixed(Spiffe, value));
    }

    internal static Principal Namespace(string value)
    {
        var pattern = StringMatchers.Quote(value).Replace(@"\*", ".*", StringComparison.Ordinal);
        return Authenticated(StringMatchers.Regex($".*/ns/{pattern}/.*"));
    }

    /// <summary>A service account as <c>namespace/name</c> or, in the policy's namespace, <c>name</c>.</summary>
    internal static Principal ServiceAccount(string value, string policyNamespace)
    {
        var slash = value.IndexOf('/', StringComparison.Ordinal);
        var ns = StringMatchers.Quote(slash < 0 ? policyNamespace : value[..slash]);
        var name = StringMatchers.Quote(slash < 0 ? value : value[(slash + 1)..]);
        return Authenticated(StringMatchers.Regex($"spiffe://.+/ns/{ns}/(.+/|)sa/{name}(/.+)?"));
    }

    internal static Principal TrustDomain(string value)
    {
        if (value == "*")
        {
            return Authenticated(new StringMatcher { Prefix = Spiffe });
        }
        if (value.StartsWith('*') || value.EndsWith('*'))
        {
            var pattern = StringMatchers.Quote(value).Replace(@"\*", "[^/]*", StringComparison.Ordinal);
            return Authenticated(StringMatchers.Regex($"{Spiffe}{pattern}/.*"));
        }
        return Authenticated(new StringMatcher { Prefix = $"{Spiffe}{value}/" });
    }

    internal static Principal DirectIp(CidrRange range)
    {
        return new Principal { DirectRemoteIp = range };
    }

    internal static Principal RemoteIp(CidrRange range)
    {
        return new Principal { RemoteIp = range };
    }

    internal static Principal Header(string name, string value)
    {
        return new Principal { Header = HeaderMatchers.Of(name, value) };
    }

    /// <summary>Issuer and subject of the validated token, as <c>issuer/subject</c>.</summary>
    internal static Principal RequestPrincipal(string value)
    {
        var slash = value.LastIndexOf('/');
        var (issuer, subject) = value switch
        {
            "*" => (StringMatchers.Any(), StringMatchers.Any()),
            _ when slash >= 0 => (StringMatchers.Of(value[..slash]), StringMatchers.Of(value[(slash + 1)..])),
            _ when value.StartsWith('*') => (StringMatchers.Any(), StringMatchers.Of(value)),
            _ when value.EndsWith('*') => (StringMatchers.Of(value), StringMatchers.Any()),
            _ => (StringMatchers.Of(value), new StringMatcher { Exact = "" }),
        };
        return And([Claim("iss", issuer), Claim("sub", subject)]);
    }

    /// <summary>A claim of the validated token, by its path; a list claim matches when an element does.</summary>
    internal static Principal Claims(IReadOnlyList<string> path, IReadOnlyList<string> values)
    {
        var each = MetadataMatchers.AnyOf(values);
        var value = new ValueMatcher
        {
            OrMatch = new OrMatcher
            {
                ValueMatchers =
                {
                    new ValueMatcher { ListMatch = new ListMatcher { OneOf = each } },
                    each.Clone(),
                },
            },
        };
        return new Principal { Metadata = MetadataMatchers.Of(JwtFilter, ["payload", .. path], value) };
    }

    private static Principal Claim(string name, StringMatcher matcher)
    {
        var value = new ValueMatcher { StringMatch = matcher };
        return new Principal { Metadata = MetadataMatchers.Of(JwtFilter, ["payload", name], value) };
    }

    private static Principal Authenticated(StringMatcher name)
    {
        return new Principal { Authenticated = new Principal.Types.Authenticated { PrincipalName = name } };
    }
}
