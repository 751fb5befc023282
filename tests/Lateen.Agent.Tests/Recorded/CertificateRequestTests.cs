using System.Net;
using Istio.V1.Auth;
using Lateen.Agent.Bootstrap;
using Lateen.Agent.Secrets;
using Lateen.Citadel;
using Lateen.Core;
using Lateen.Core.Logging;
using Lateen.Grpc;
using Lateen.Grpc.Server;
using Lateen.Security.Authority;
using Lateen.Security.Certificates;
using Lateen.Security.Keys;
using Lateen.TestKit;
using YamlDotNet.RepresentationModel;
using Data = Lateen.TestKit.Conformance;

namespace Lateen.Agent.Tests.Recorded;

/// <summary>The recorded certificate requests: what is asked for in each environment, retries, trust in the
/// server.</summary>
public sealed class CertificateRequestTests : IAsyncLifetime
{
    private const string Suite = "recorded-agent";

    private readonly TemporaryFolder _folder = new();
    private readonly List<(GrpcMetadata Headers, string Authority, IstioCertificateRequest Request)> _calls = [];
    private readonly CaBundle _root;
    private readonly Citadel.Authority.CertificateAuthority _authority;
    private GrpcServer _server = null!;
    private GrpcStatusCode _code = GrpcStatusCode.Ok;

    public CertificateRequestTests()
    {
        var options = new CitadelOptions { StateFolder = _folder.Path, TrustDomain = "root-one" };
        _root = Citadel.Authority.SelfSignedRoot.Make(options, TimeProvider.System.GetUtcNow());
        _authority = new Citadel.Authority.CertificateAuthority(
            _root, Citadel.Authority.CaSource.SelfSigned, options, TimeProvider.System);
        _folder.Write("root.pem", _root.RootPem);
    }

    public Task InitializeAsync() => StartAsync("istiod.istio-system.svc");

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [ConformanceFact(Suite)]
    public async Task Requests_InEachEnvironment_AreAsRecorded()
    {
        var failures = new List<string>();
        var count = 0;
        foreach (var spec in Data.Cases(Suite, "csr.yaml"))
        {
            // Those need other names in the server's certificate, or answers that are not the authority's.
            if (spec.Text("id")!.StartsWith("chain-", StringComparison.Ordinal)
                || spec.Text("id")!.StartsWith("csr-ca-addr", StringComparison.Ordinal))
            {
                continue;
            }
            count++;
            _calls.Clear();
            using var manager = Create(spec.Find("input")!, out var client);
            using (client)
            {
                var served = await manager.GetAsync("default", CancellationToken.None);
                Compare(spec, served, failures);
            }
        }
        Assert.True(count >= 15, $"{count} cases");
        Assert.True(failures.Count == 0, string.Join('\n', failures));
    }

    [ConformanceFact(Suite)]
    public async Task Retries_ByCode_AreAsRecorded()
    {
        var failures = new List<string>();
        var count = 0;
        foreach (var spec in Data.Cases(Suite, "retry.yaml"))
        {
            count++;
            _calls.Clear();
            _code = Enum.Parse<GrpcStatusCode>(spec.Find("input")!.Text("answer_code")!, ignoreCase: true);
            using var manager = Create(spec.Find("input")!, out var client);
            using (client)
            {
                await Assert.ThrowsAsync<SecretUnavailableException>(
                    () => manager.GetAsync("default", CancellationToken.None));
            }
            if (spec.Find("outcome")!.Text("calls_per_round") != $"{_calls.Count}")
            {
                failures.Add($"{_code}: {_calls.Count} calls");
            }
            var attempts = _calls.Select(call => call.Headers.Get("x-retry-attempt"));
            var wanted = Enumerable.Range(0, _calls.Count).Select(i => i == 0 ? null : $"{i}");
            if (!attempts.SequenceEqual(wanted))
            {
                failures.Add($"{_code}: attempts {string.Join(",", attempts)}");
            }
        }
        Assert.Equal(12, count);
        Assert.True(failures.Count == 0, string.Join('\n', failures));
    }

    [Theory]
    [InlineData("istiod.istio-system.svc", "", "root.pem", null)]
    [InlineData("other.istio-system.svc", "", "root.pem", "not for istiod.istio-system.svc")]
    [InlineData("other.istio-system.svc", "other.istio-system.svc", "root.pem", null)]
    [InlineData("istiod.istio-system.svc", "127.0.0.1", "root.pem", "set ISTIOD_SAN")]
    [InlineData("istiod.istio-system.svc", "", "other.pem", "does not verify with the roots in")]
    [InlineData("istiod.istio-system.svc", "", "absent.pem", "cannot be read")]
    [InlineData("istiod.istio-system.svc", "", ControlPlaneTarget.SystemRoots, "does not verify")]
    public async Task Server_ByNameAndRoot_IsTrustedOrRefusedWithTheReason(
        string name, string expected, string root, string? reason)
    {
        await _server.DisposeAsync();
        await StartAsync(name);
        var other = new CitadelOptions { StateFolder = _folder.Path, TrustDomain = "root-two" };
        _folder.Write("other.pem", Citadel.Authority.SelfSignedRoot.Make(other, TimeProvider.System.GetUtcNow())
            .RootPem);
        var target = Target() with
        {
            ServerName = expected,
            RootPath = root == ControlPlaneTarget.SystemRoots ? root : _folder.At(root),
        };
        using var client = new CaClient(
            target, new CaClientOptions { AttemptsMax = 1 }, new Random(1), TimeProvider.System);
        using var key = PrivateKey.Generate(new KeyOptions());
        var request =
            CertificateSigningRequest.Create(key, [new(SubjectAlternativeNameKind.Uri, "spiffe://a/ns/b/sa/c")]);

        if (reason is null)
        {
            Assert.Equal(2, (await client.SignAsync(request, CancellationToken.None)).Count);
            return;
        }
        var error = await Assert.ThrowsAsync<SecretUnavailableException>(
            () => client.SignAsync(request, CancellationToken.None));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.Empty(_calls);
    }

    private async Task StartAsync(string name)
    {
        var services = new GrpcServices();
        services.AddUnary(
            GrpcMethod.Protobuf(
                "istio.v1.auth.IstioCertificateService",
                "CreateCertificate",
                IstioCertificateRequest.Parser,
                IstioCertificateResponse.Parser),
            Answer);
        _server = new GrpcServer(services);
        _server.Listen(
            new IPEndPoint(IPAddress.Loopback, 0),
            new ServerTls(_authority, [name], new PeerCertificates()).OptionsFor);
        await _server.StartAsync();
    }

    // Signs for the names of the request, as the recording server did.
    private Task<IstioCertificateResponse> Answer(IstioCertificateRequest request, GrpcServerCall call)
    {
        _calls.Add((call.RequestHeaders, call.Authority, request));
        if (_code != GrpcStatusCode.Ok)
        {
            throw new GrpcException(_code, "as the case says");
        }
        var csr = CertificateSigningRequest.Parse(request.Csr);
        var response = new IstioCertificateResponse();
        response.CertChain.AddRange(
            _authority.SignWorkload(csr, [.. csr.Names.Select(n => n.Value)], TimeSpan.FromHours(24)));
        return Task.FromResult(response);
    }

    private ControlPlaneTarget Target() => new()
    {
        Address = $"localhost:{_server.EndPoints[0].Port}",
        RootPath = _folder.At("root.pem"),
        TokenPath = _folder.At("token"),
    };

    private SecretManager Create(YamlNode input, out CaClient client)
    {
        var variables = new Dictionary<string, string>
        {
            ["POD_NAME"] = "app-1",
            ["POD_NAMESPACE"] = "shop",
            ["INSTANCE_IP"] = "127.0.0.1",
            ["SERVICE_ACCOUNT"] = "cart",
            ["ISTIO_META_CLUSTER_ID"] = "Kubernetes",
        };
        foreach (var (name, value) in input.Entries("environment"))
        {
            variables[name] = ((YamlScalarNode)value).Value!;
        }
        input.Texts("environment_unset").ForEach(name => variables.Remove(name));
        var errors = new List<ConfigError>();
        var options = AgentOptionsResolver.Resolve(new AgentFlags(), new AgentEnvironment(variables), errors);
        Assert.Empty(errors);
        WriteToken(input);
        client = new CaClient(
            Target(),
            options.CaClient with { FirstPause = TimeSpan.FromMilliseconds(1) },
            new Random(1),
            TimeProvider.System);
        return new SecretManager(
            options.Secrets with { MountedCertificate = "absent" },
            client.SignAsync,
            TimeProvider.System,
            new Random(1),
            Logger.None);
    }

    private void WriteToken(YamlNode input)
    {
        var token = input.Find("files")?.Find("./var/run/secrets/tokens/istio-token") is YamlScalarNode file
            ? file.Value!
            : "token-one";
        File.Delete(_folder.At("token"));
        if (token != "(absent)")
        {
            _folder.Write("token", token switch
            {
                "(empty)" => "",
                _ => token.Trim('"').Replace("\\n", "\n", StringComparison.Ordinal),
            });
        }
    }

    private void Compare(YamlMappingNode spec, ServedSecret served, List<string> failures)
    {
        var id = spec.Text("id");
        var want = spec.Find("outcome")!.Find("first_call")!;
        var (headers, authority, request) = _calls[0];
        void Check(string what, string? wanted, string? got)
        {
            if (wanted != got)
            {
                failures.Add($"{id}: {what} is '{got}', expected '{wanted}'");
            }
        }
        Check("authority", want.Text("authority"), authority);
        foreach (var name in new[] { "authorization", "clusterid", "x-team", "x-upper" })
        {
            var value = want.Find("grpc_metadata")!.Find(name) as YamlScalarNode;
            Check(name, value?.Value, headers.Get(name));
        }
        var csr = CertificateSigningRequest.Parse(request.Csr);
        Check("validity", want.Find("request")!.Text("validity_duration"), $"{request.ValidityDuration}");
        Check(
            "signer",
            (want.Find("request")!.Find("metadata")!.Find("CertSigner") as YamlScalarNode)?.Value,
            request.Metadata.Fields["CertSigner"].StringValue);
        var wantCsr = want.Find("request")!.Find("csr")!;
        Check("names", string.Join(' ', wantCsr.Texts("uris")), string.Join(' ', csr.Names.Select(n => n.Value)));
        CheckKey(spec, wantCsr.Find("key")!, served, Check);
    }

    // RSA is made only where its size is asked for (decision 0160).
    private static void CheckKey(YamlNode spec, YamlNode want, ServedSecret served, Action<string, string?,
        string?> check)
    {
        using var key = PrivateKey.Parse(served.PrivateKey);
        var environment = spec.Find("input")!.Find("environment");
        var isOurDefault = environment?.Text("ECC_SIGNATURE_ALGORITHM") is null
            && environment?.Text("WORKLOAD_RSA_KEY_SIZE") is null;
        var wanted = want.Text("type") == "RSA" ? $"RSA {want.Text("bits")}" : $"ECDSA {want.Text("curve")}";
        var got = key.Algorithm == KeyAlgorithm.Rsa ? $"RSA {key.Bits}" : $"ECDSA P-{key.Bits}";
        check("key", isOurDefault ? "ECDSA P-256" : wanted, got);
        check(
            "PKCS #8",
            environment?.Text("PKCS8_KEY") ?? "false",
            PemText.Read(served.PrivateKey)[0].Label == "PRIVATE KEY" ? "true" : "false");
    }
}
