using System.Net;
using System.Net.Sockets;
using Envoy.Config.Core.V3;
using Envoy.Service.Discovery.V3;
using Google.Protobuf.WellKnownTypes;
using Istio.V1.Auth;
using Lateen.Core.Logging;
using Lateen.Grpc;
using Lateen.Grpc.Client;
using Lateen.Xds;

namespace Lateen.ControlPlane.Tests;

public sealed class ControlPlaneHostTests : IAsyncLifetime
{
    private static readonly TimeSpan _deadline = TimeSpan.FromSeconds(60);
    private readonly string _folder = Directory.CreateTempSubdirectory("lateen-cp-").FullName;
    private readonly List<ControlPlaneHost> _hosts = [];

    public Task InitializeAsync()
    {
        Directory.CreateDirectory(Config);
        File.WriteAllText(Path.Combine(Config, "cart.yaml"), """
            apiVersion: v1
            kind: Service
            metadata: {name: cart, namespace: shop}
            spec:
              clusterIP: 10.96.0.10
              selector: {app: cart}
              ports: [{name: http, port: 80, targetPort: 8080}]
            ---
            apiVersion: v1
            kind: Pod
            metadata: {name: cart-1, namespace: shop, labels: {app: cart, security.istio.io/tlsMode: istio}}
            spec: {serviceAccountName: cart}
            status: {phase: Running, podIP: 10.1.0.5, conditions: [{type: Ready, status: "True"}]}
            """);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        foreach (var host in _hosts)
        {
            await host.DisposeAsync();
        }
        Directory.Delete(_folder, recursive: true);
    }

    private string Config => Path.Combine(_folder, "config");

    private string State => Path.Combine(_folder, "state");

    [Fact]
    public async Task Start_FolderOfYaml_AnswersReadyAndMetrics()
    {
        var host = await StartAsync();
        using var http = new HttpClient { Timeout = _deadline };
        var address = $"http://{host.HttpEndPoints[0]}";

        Assert.Equal("ok\n", await http.GetStringAsync($"{address}/ready"));
        Assert.Contains("pilot_graph_runs_total", await http.GetStringAsync($"{address}/metrics"),
            StringComparison.Ordinal);
        Assert.Contains(
            "cart.shop.svc.cluster.local", await http.GetStringAsync($"{address}/debug/registryz"),
                StringComparison.Ordinal);
        var missing = await http.GetAsync(new Uri($"{address}/debug/config_dump?proxyID=nobody"));
        Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
    }

    [Fact]
    public async Task Discovery_Plaintext_GivesClustersAndTheirChange()
    {
        var host = await StartAsync();
        using var channel = Channel(host);
        await using var call = channel.Open(_discovery, Options());
        await call.WriteAsync(new DeltaDiscoveryRequest { Node = Node("shop", "cart"), TypeUrl = TypeUrls.Cluster });

        var first = await ReadAsync(call);
        Assert.Contains(first.Resources, r => r.Name == "outbound|80||cart.shop.svc.cluster.local");

        await call.WriteAsync(new DeltaDiscoveryRequest { TypeUrl = TypeUrls.Cluster, ResponseNonce = first.Nonce });
        File.WriteAllText(Path.Combine(Config, "rule.yaml"), """
            apiVersion: networking.istio.io/v1
            kind: DestinationRule
            metadata: {name: cart, namespace: shop}
            spec: {host: cart, subsets: [{name: v1, labels: {version: v1}}]}
            """);
        var second = await ReadAsync(call);

        Assert.Equal(
            ["outbound|80|v1|cart.shop.svc.cluster.local", "outbound|80||cart.shop.svc.cluster.local"],
            second.Resources.Select(r => r.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Certificates_WithJoinToken_AreSignedForItsAccount()
    {
        var host = await StartAsync();
        using var channel = Channel(host);
        using var key =
            System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        var request = new IstioCertificateRequest
        {
            Csr = new System.Security.Cryptography.X509Certificates.CertificateRequest(
                    "", key, System.Security.Cryptography.HashAlgorithmName.SHA256).CreateSigningRequestPem() + "\n",
            ValidityDuration = 3600,
        };
        var token = host.Citadel.JoinTokens.Issue("shop", "cart", TimeSpan.FromMinutes(5));

        var response = await channel.UnaryAsync(_certificates, request, Options(token));

        using var leaf =
            System.Security.Cryptography.X509Certificates.X509Certificate2.CreateFromPem(response.CertChain[0]);
        var names =
            string.Join(',', leaf.Extensions.Where(e => e.Oid?.Value == "2.5.29.17").Select(e => e.Format(false)));
        Assert.Contains("spiffe://cluster.local/ns/shop/sa/cart", names, StringComparison.Ordinal);
        var refusal = await Assert.ThrowsAsync<GrpcException>(
            () => channel.UnaryAsync(_certificates, request, Options("wrong")));
        Assert.Equal(GrpcStatusCode.Unauthenticated, refusal.Status.Code);
    }

    [Fact]
    public async Task Start_Again_KeepsTheRoot()
    {
        var first = await StartAsync();
        var root = first.Citadel.Authority.Bundle.RootPem;
        await first.DisposeAsync();
        _hosts.Remove(first);

        var second = await StartAsync();

        Assert.Equal(root, second.Citadel.Authority.Bundle.RootPem);
    }

    [Fact]
    public async Task Start_PortInUse_SaysSo()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();

        var error = await Assert.ThrowsAsync<StartException>(
            () => StartAsync(o => o with { GrpcAddress = (IPEndPoint)taken.LocalEndpoint }));

        Assert.Contains($"{((IPEndPoint)taken.LocalEndpoint).Port}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_NoFolder_SaysSo()
    {
        var error = await Assert.ThrowsAsync<StartException>(
            () => StartAsync(o => o with { ConfigFolder = Path.Combine(_folder, "absent") }));

        Assert.Contains("--config", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_StateFolderIsAFile_SaysSo()
    {
        File.WriteAllText(State, "in the way");

        var error = await Assert.ThrowsAsync<StartException>(() => StartAsync());

        Assert.Contains("--state", error.Message, StringComparison.Ordinal);
    }

    private static readonly GrpcMethod<DeltaDiscoveryRequest, DeltaDiscoveryResponse> _discovery = new(
        "envoy.service.discovery.v3.AggregatedDiscoveryService", "DeltaAggregatedResources",
        GrpcCodec.Protobuf(DeltaDiscoveryRequest.Parser), GrpcCodec.Protobuf(DeltaDiscoveryResponse.Parser));

    private static readonly GrpcMethod<IstioCertificateRequest, IstioCertificateResponse> _certificates = new(
        "istio.v1.auth.IstioCertificateService", "CreateCertificate",
        GrpcCodec.Protobuf(IstioCertificateRequest.Parser), GrpcCodec.Protobuf(IstioCertificateResponse.Parser));

    private static GrpcChannel Channel(ControlPlaneHost host)
        => new(new GrpcChannelOptions { Address = $"http://{host.GrpcEndPoints[0]}" });

    private static GrpcCallOptions Options(string? token = null)
    {
        var headers = new GrpcMetadata();
        if (token is not null)
        {
            headers.Add("authorization", $"Bearer {token}");
        }
        return new GrpcCallOptions { Headers = headers, Timeout = _deadline };
    }

    private static Node Node(string @namespace, string account) => new()
    {
        Id = $"sidecar~10.1.0.5~cart-1.{@namespace}~{@namespace}.svc.cluster.local",
        Metadata = new Struct
        {
            Fields =
            {
                ["NAMESPACE"] = Value.ForString(@namespace),
                ["SERVICE_ACCOUNT"] = Value.ForString(account),
            },
        },
    };

    private static async Task<DeltaDiscoveryResponse> ReadAsync(
        GrpcCall<DeltaDiscoveryRequest, DeltaDiscoveryResponse> call)
    {
        Assert.True(await call.MoveNextAsync());
        return call.Current;
    }

    private async Task<ControlPlaneHost> StartAsync(Func<ControlPlaneOptions, ControlPlaneOptions>? change = null)
    {
        var any = new IPEndPoint(IPAddress.Loopback, 0);
        var options = new ControlPlaneOptions
        {
            ConfigFolder = Config,
            StateFolder = State,
            PluggedInFolder = Path.Combine(_folder, "none"),
            GrpcAddress = any,
            SecureGrpcAddress = any,
            HttpAddress = any,
            MonitoringAddress = null,
        };
        var host = new ControlPlaneHost(change?.Invoke(options) ?? options, LogSink.None);
        _hosts.Add(host);
        await host.StartAsync();
        return host;
    }
}
