using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;

namespace Lateen.Cli.ProxyConfig;

/// <summary>The certificates of a dump that came over SDS.</summary>
internal sealed class SecretReport(TimeProvider clock)
{
    internal const string Section = "SecretsConfigDump";
    private const string SpiffeValidator =
        "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.SPIFFECertValidatorConfig";

    internal void WriteTable(ConfigDump dump, TextWriter output, bool withKind)
    {
        var section = dump.Get(Section);
        var warming = section.List("dynamic_warming_secrets").SelectMany(secret => Read(secret, "WARMING"));
        var rows = warming.Concat(section.List("dynamic_active_secrets").SelectMany(ReadActive)).ToList();
        if (rows.Count == 0)
        {
            output.Write("No active or warming secrets found.\n");
            return;
        }

        // Where each certificate tells its trust domain, several are in play.
        var withTrustDomain = rows.TrueForAll(row => row.TrustDomain.Length > 0);
        string[] header =
            ["RESOURCE NAME", "TYPE", "STATUS", "VALID CERT", "SERIAL NUMBER", "NOT AFTER", "NOT BEFORE"];
        var table = new TextTable(5, withTrustDomain ? [.. header, "TRUST DOMAIN"] : header);
        foreach (var row in rows)
        {
            string[] cells =
            [
                withKind ? $"secret/{row.Name}" : row.Name, row.Type, row.State, row.IsValid ? "true" : "false",
                row.Serial, row.NotAfter, row.NotBefore,
            ];
            table.Add(withTrustDomain ? [.. cells, row.TrustDomain] : cells);
        }

        table.WriteTo(output);
    }

    private IEnumerable<Row> ReadActive(JsonNode secret) => Read(secret, "ACTIVE");

    private IEnumerable<Row> Read(JsonNode item, string state)
    {
        var name = item.Text("name");
        var secret = item.Field("secret");
        var chain = secret.Field("tls_certificate").Field("certificate_chain").Text("inline_bytes");
        var context = secret.Field("validation_context");
        var trusted = context.Field("trusted_ca").Text("inline_bytes");
        if (chain.Length > 0 || trusted.Length > 0)
        {
            return [Describe(new Row(name, state), chain.Length > 0 ? chain : trusted)];
        }

        var validator = context.Field("custom_validator_config").Field("typed_config");
        if (validator.Text("@type") != SpiffeValidator)
        {
            return [new Row(name, state)];
        }

        return validator.List("trust_domains").Select(domain => Describe(
            new Row(name, state) { TrustDomain = domain.Text("name") },
            domain.Field("trust_bundle").Text("inline_bytes")));
    }

    /// <summary>Fills a row from the first certificate of a PEM text in base64; what cannot be read stays
    /// empty.</summary>
    private Row Describe(Row row, string inlineBytes)
    {
        try
        {
            var pem = Encoding.UTF8.GetString(Convert.FromBase64String(inlineBytes));
            using var certificate = X509Certificate2.CreateFromPem(pem);
            var isAuthority = certificate.Extensions.OfType<X509BasicConstraintsExtension>()
                .Any(constraints => constraints.CertificateAuthority);
            var now = clock.GetUtcNow();
            return row with
            {
                Type = isAuthority ? "CA" : "Cert Chain",
                IsValid = now > certificate.NotBefore && now < certificate.NotAfter,
                Serial = certificate.SerialNumber.TrimStart('0').ToLowerInvariant().PadLeft(32, '0'),
                NotAfter = Format(certificate.NotAfter),
                NotBefore = Format(certificate.NotBefore),
                TrustDomain = row.TrustDomain.Length > 0 ? row.TrustDomain : FindTrustDomain(certificate),
            };
        }
        catch (Exception e) when (e is FormatException or CryptographicException)
        {
            return row;
        }
    }

    private static string Format(DateTime time) =>
        time.ToUniversalTime().ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);

    private static string FindTrustDomain(X509Certificate2 certificate)
    {
        const string Scheme = "spiffe://";
        foreach (var names in certificate.Extensions.Where(extension => extension.Oid?.Value == "2.5.29.17"))
        {
            var text = Encoding.Latin1.GetString(names.RawData);
            var start = text.IndexOf(Scheme, StringComparison.Ordinal);
            if (start >= 0)
            {
                return text[(start + Scheme.Length)..].Split('/')[0];
            }
        }

        return "";
    }

    private sealed record Row(string Name, string State)
    {
        internal string Type { get; init; } = "";

        internal bool IsValid { get; init; }

        internal string Serial { get; init; } = "";

        internal string NotAfter { get; init; } = "";

        internal string NotBefore { get; init; } = "";

        internal string TrustDomain { get; init; } = "";
    }
}
