using Istio.Security.V1Beta1;

namespace Lateen.Pilot.Security;

/// <summary>Where an issuer's keys come from when its rule does not hold them (contract 11.5).</summary>
/// <param name="Address">Of the key set; empty when the issuer's OpenID configuration names it.</param>
/// <param name="Issuer">The issuer; empty when the address is given, so that issuers of one key set share it.</param>
public sealed record JwksSource(string Address, string Issuer)
{
    private const int ShownMax = 256;

    /// <summary>Null when the rule holds the keys itself.</summary>
    public static JwksSource? Of(JWTRule rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        return rule.Jwks.Length > 0 ? null
            : rule.JwksUri.Length > 0 ? new JwksSource(rule.JwksUri, "") : new JwksSource("", rule.Issuer);
    }

    /// <summary>For people: without a password, and on one line.</summary>
    public override string ToString() => Address.Length > 0 ? Shown(Address) : $"issuer {Shown(Issuer)}";

    /// <summary>An address or issuer for people: without a password, and on one line.</summary>
    public static string Shown(string address)
    {
        ArgumentNullException.ThrowIfNull(address);
        var text = Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.UserInfo.Length > 0
            ? uri.GetComponents(UriComponents.HttpRequestUrl, UriFormat.UriEscaped) : address;
        var plain = text.Any(char.IsControl) ? new string([.. text.Select(c => char.IsControl(c) ? '?' : c)]) : text;
        return plain.Length > ShownMax ? plain[..ShownMax] + "…" : plain;
    }
}
