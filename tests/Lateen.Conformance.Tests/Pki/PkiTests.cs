using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using Lateen.Security;
using Lateen.Security.Authority;
using Lateen.Security.Certificates;
using Lateen.Security.Keys;
using Lateen.Security.Spiffe;
using Lateen.TestKit;
using Xunit.Abstractions;
using YamlDotNet.RepresentationModel;
using Data = Lateen.TestKit.Conformance;

namespace Lateen.Conformance.Tests.Pki;

/// <summary>Runs every case of the suite <c>pki</c>; the failed ones are named together.</summary>
public sealed class PkiTests(ITestOutputHelper output)
{
    private const string Suite = "pki";

    // The certificates of the suite are valid then; the machine's own clock may be past them.
    private static readonly DateTimeOffset _asOf = new(2021, 6, 1, 0, 0, 0, TimeSpan.Zero);

    [ConformanceFact(Suite)]
    public void Cases_OfTheSuite_ComeOutAsExpected()
    {
        var failures = new List<string>();
        var count = 0;
        foreach (var spec in Data.Cases(Suite, "cases.yaml"))
        {
            count++;
            var failure = Run(spec);
            if (failure is not null)
            {
                failures.Add($"{spec.Text("op")} / {spec.Text("name")}: {failure}");
            }
        }

        ConformanceReport.Add(output, Suite, count - failures.Count, count);
        Assert.Equal(52, count);
        Assert.True(failures.Count == 0, string.Join('\n', failures));
    }

    private static string? Run(YamlMappingNode spec)
    {
        var expected = spec.Find("valid") is null || spec.Flag("valid");
        try
        {
            var difference = Perform(spec);
            if (difference is null && !expected)
            {
                return "was accepted";
            }
            return expected ? difference : null;
        }
        catch (PkiException e)
        {
            return expected ? $"was refused: {e.Message}" : null;
        }
    }

    // Null when the operation came out well, else what differs.
    private static string? Perform(YamlMappingNode spec) => spec.Text("op") switch
    {
        "verify-ca-bundle" => Ignore(LoadBundle(spec)),
        "read-ca-identity" => ReadIdentity(spec),
        "verify-certificate" => VerifyCertificate(spec),
        "is-expired" =>
            Same(spec.Flag("expired"), CertificatePem.Parse(Read(spec, "cert")).NotAfter.ToUniversalTime() < _asOf),
        "parse-certificate" => Same(
            spec.Text("publicKey"),
            CertificatePem.Parse(Pem(spec)).GetRSAPublicKey() is null ? "ECDSA" : "RSA"),
        "parse-chain" => Ignore(CertificatePem.ParseChain(Pem(spec))),
        "parse-csr" => Ignore(CertificateSigningRequest.Parse(Pem(spec))),
        "parse-private-key" => Same(
            spec.Text("keyType"),
            PrivateKey.Parse(Pem(spec)).Algorithm == KeyAlgorithm.Rsa ? "RSA" : "ECDSA"),
        "rsa-key-size" => RsaSize(spec),
        "signing-curve-for-ca-key" => SiblingCurve(spec),
        "spiffe-uri" => Same(spec.Text("uri"), SpiffeId.Create(
            spec.Text("trustDomain")!, spec.Text("namespace") ?? "", spec.Text("serviceAccount")!).ToString()),
        "spiffe-parse" => ParseSpiffe(spec),
        "spiffe-expand-trust-domains" => Same(
            string.Join(' ', spec.Texts("result").Order(StringComparer.Ordinal)),
            string.Join(' ', SpiffeId.ExpandWithTrustDomains(spec.Texts("uris"), spec.Texts("trustDomains")))),
        "verify-peer-by-trust-domain" => VerifyPeer(spec),
        "san-from-hosts" => NamesOfHosts(spec),
        var op => $"the operation {op} is not known",
    };

    private static CaBundle LoadBundle(YamlMappingNode spec)
    {
        var chain = string.Concat(spec.Texts("certChain").Select(ReadFile));
        var crl = spec.Text("crl") is { } file ? ReadFile(file) : null;
        return CaBundle.Load(Read(spec, "caCert"), Read(spec, "caKey"), chain, Read(spec, "root"), crl, _asOf);
    }

    private static string? ReadIdentity(YamlMappingNode spec)
    {
        var bundle = LoadBundle(spec);
        var fields = CertificateFields.Read(bundle.Certificate);
        if (fields.Names.Count == 0)
        {
            return "has no name";
        }
        var want = spec.Find("expect")!;
        return Same(want.Text("host"), fields.Names[0].Value)
            ?? Same(want.Text("org"), fields.Organization)
            ?? Same(want.Flag("isCA"), fields.IsCertificateAuthority)
            ?? Same(want.Text("rsaKeySize"), bundle.Key.Bits.ToString(CultureInfo.InvariantCulture));
    }

    private static string? VerifyCertificate(YamlMappingNode spec)
    {
        var chain = CertificatePem.ParseChain(Read(spec, "certChain"));
        var roots = CertificatePem.ParseChain(Read(spec, "root"));
        var reason = CertificateChain.Verify(chain[0], chain[1..], roots, _asOf);
        if (reason is not null)
        {
            return reason;
        }
        if (!PrivateKey.Parse(Read(spec, "key")).Matches(chain[0]))
        {
            return "the key does not match";
        }
        var want = spec.Find("expected")!;
        var fields = CertificateFields.Read(chain[0]);
        var start = chain[0].NotBefore.ToUniversalTime().ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
        return Same(want.Text("host"), fields.Names[0].Value)
            ?? (want.Text("notBefore") is { } notBefore ? Same(notBefore, start) : null)
            ?? Same(string.Join(' ', want.Texts("extKeyUsage")), string.Join(' ', fields.ExtendedKeyUsage))
            ?? Same(string.Join(' ', want.Texts("keyUsage")), string.Join(' ', fields.KeyUsage))
            ?? Same(want.Flag("isCA"), fields.IsCertificateAuthority)
            ?? Same(want.Text("org") ?? "", fields.Organization);
    }

    private static string? RsaSize(YamlMappingNode spec)
    {
        var key = PrivateKey.Parse(Pem(spec));
        return key.Algorithm != KeyAlgorithm.Rsa
            ? "is no RSA key"
            : Same(spec.Text("rsaBits"), key.Bits.ToString(CultureInfo.InvariantCulture));
    }

    private static string? SiblingCurve(YamlMappingNode spec)
    {
        using var key = spec.Text("caKeyAlgorithm") switch
        {
            "ECDSA-P384" => PrivateKey.Parse(EcKeyPem(System.Security.Cryptography.ECCurve.NamedCurves.nistP384)),
            "ECDSA-P521" => PrivateKey.Parse(EcKeyPem(System.Security.Cryptography.ECCurve.NamedCurves.nistP521)),
            var other => throw new PkiException($"no key of the algorithm {other} can be made or read"),
        };
        return Same(spec.Text("curve"), key.SiblingOptions().Curve);
    }

    private static string EcKeyPem(System.Security.Cryptography.ECCurve curve)
    {
        using var key = System.Security.Cryptography.ECDsa.Create(curve);
        return key.ExportECPrivateKeyPem();
    }

    private static string? ParseSpiffe(YamlMappingNode spec)
    {
        if (!SpiffeId.TryParse(spec.Text("uri")!, out var id))
        {
            return "does not parse";
        }
        var want = spec.Find("identity");
        return want is null
            ? null
            : Same(want.Text("trustDomain"), id.TrustDomain)
                ?? Same(want.Text("namespace") ?? "", id.Namespace)
                ?? Same(want.Text("serviceAccount") ?? "", id.ServiceAccount);
    }

    private static string? VerifyPeer(YamlMappingNode spec)
    {
        var roots = spec.Entries("roots").ToDictionary(
            entry => entry.Key,
            entry => (IReadOnlyList<X509Certificate2>)[.. ((YamlSequenceNode)entry.Value)
                .SelectMany(file => CertificatePem.ParseChain(ReadFile(((YamlScalarNode)file).Value!)))]);
        var chain = CertificatePem.ParseChain(string.Concat(spec.Texts("peerChain").Select(ReadFile)));
        var time = chain.Max(certificate => certificate.NotBefore.ToUniversalTime()).AddMinutes(1);
        return new TrustBundle(roots).VerifyPeer(chain, time, out _);
    }

    private static string? NamesOfHosts(YamlMappingNode spec)
    {
        var built =
            SubjectAlternativeNames.Build(SubjectAlternativeNames.FromHosts(spec.Text("hosts")!), critical: true);
        var read = SubjectAlternativeNames.Read([built]);
        var want = ((YamlSequenceNode)spec.Find("san")!).Select(name => $"{name.Text("type")} {name.Text("value")}");
        return Same(spec.Flag("critical"), built.Critical)
            ?? Same(string.Join(", ", want),
                string.Join(", ", read.Select(n => $"{n.Kind.ToString().ToLowerInvariant()} {n.Value}")));
    }

    private static string Pem(YamlMappingNode spec) => spec.Text("pemText") ?? Read(spec, "pem");

    private static string Read(YamlMappingNode spec, string key) => ReadFile(spec.Text(key)!);

    private static string ReadFile(string name) => File.ReadAllText(Path.Combine(Data.Suite(Suite), name));

    private static string? Ignore(object result) => result is null ? "nothing" : null;

    private static string? Same<T>(T want, T got) =>
        EqualityComparer<T>.Default.Equals(want, got) ? null : $"expected {want}, got {got}";
}
