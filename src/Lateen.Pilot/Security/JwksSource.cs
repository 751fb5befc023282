using Istio.Security.V1Beta1;

namespace Lateen.Pilot.Security;

/// <summary>Where an issuer's keys come from when its rule does not hold them (contract 11.5).</summary>
/// <param name="Address">Of the key set; empty when the issuer's OpenID configuration names it.</param>
/// <param name="Issuer">The issuer; empty when the address is given, so that issuers of one key set share it.</param>
public sealed record JwksSource(string Address, string Issuer)
{
    /// <summary>Null when the rule holds the keys itself.</summary>
    public static JwksSource? Of(JWTRule rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        return rule.Jwks.Length > 0 ? null
            : rule.JwksUri.Length > 0 ? new JwksSource(rule.JwksUri, "") : new JwksSource("", rule.Issuer);
    }

    /// <inheritdoc/>
    public override string ToString() => Address.Length > 0 ? Address : $"issuer {Issuer}";
}
