using System.Net;
using Envoy.Config.Core.V3;
using Envoy.Config.Listener.V3;
using Envoy.Extensions.Filters.Http.JwtAuthn.V3;
using Envoy.Extensions.Filters.Network.HttpConnectionManager.V3;
using Envoy.Service.Discovery.V3;
using Google.Protobuf.WellKnownTypes;
using Lateen.Core.Logging;
using Lateen.Grpc;
using Lateen.Grpc.Client;
using Lateen.Xds;

namespace Lateen.ControlPlane.Tests.Jwks;

/// <summary>A control plane over a folder, and a sidecar of workload <c>cart</c> that asks it for listeners.</summary>
internal sealed class ListenerClient : IAsyncDisposable
{
    private static readonly TimeSpan _deadline = TimeSpan.FromSeconds(60);
    private static readonly GrpcMethod<DeltaDiscoveryRequest, DeltaDiscoveryResponse> _discovery = new(
        "envoy.service.discovery.v3.AggregatedDiscoveryService", "DeltaAggregatedResources",
        GrpcCodec.Protobuf(DeltaDiscoveryRequest.Parser), GrpcCodec.Protobuf(DeltaDiscoveryResponse.Parser));

    private static readonly Node _node = new()
    {
        Id = "sidecar~10.1.0.5~cart-1.shop~shop.svc.cluster.local",
        Metadata = new Struct
        {
            Fields =
            {
                ["NAMESPACE"] = Value.ForString("shop"),
                ["SERVICE_ACCOUNT"] = Value.ForString("cart"),
            },
        },
    };

    private readonly ControlPlaneHost _host;
    private readonly GrpcChannel _channel;
    private readonly GrpcCall<DeltaDiscoveryRequest, DeltaDiscoveryResponse> _call;
    private DeltaDiscoveryRequest _next = new() { Node = _node, TypeUrl = TypeUrls.Listener };

    private ListenerClient(ControlPlaneHost host)
    {
        _host = host;
        _channel = new GrpcChannel(new GrpcChannelOptions { Address = $"http://{host.GrpcEndPoints[0]}" });
        _call = _channel.Open(_discovery, new GrpcCallOptions { Timeout = _deadline });
    }

    /// <summary>A file of the configuration below a folder of the test.</summary>
    public static string At(string folder, string name) =>
        Path.Combine(Directory.CreateDirectory(Path.Combine(folder, "config")).FullName, name);

    public static async Task<ListenerClient> StartAsync(string folder, string mode)
    {
        await File.WriteAllTextAsync(At(folder, "cart.yaml"), Service("cart", 10) + """

            ---
            apiVersion: v1
            kind: Pod
            metadata: {name: cart-1, namespace: shop, labels: {app: cart} }
            spec: {serviceAccountName: cart}
            status: {phase: Running, podIP: 10.1.0.5, conditions: [{type: Ready, status: "True"}]}
            """);
        var any = new IPEndPoint(IPAddress.Loopback, 0);
        var host = new ControlPlaneHost(
            new ControlPlaneOptions
            {
                ConfigFolder = Path.Combine(folder, "config"),
                StateFolder = Path.Combine(folder, "state"),
                PluggedInFolder = Path.Combine(folder, "none"),
                GrpcAddress = any,
                SecureGrpcAddress = null,
                HttpAddress = any,
                MonitoringAddress = null,
                Features = new Dictionary<string, string> { ["PILOT_JWT_ENABLE_REMOTE_JWKS"] = mode },
            },
            LogSink.None);
        await host.StartAsync();
        return new ListenerClient(host);
    }

    /// <summary>A service with a listener of its own at 10.96.0.<paramref name="last"/>.</summary>
    public static string Service(string name, int last) => $$"""
        apiVersion: v1
        kind: Service
        metadata: {name: {{name}}, namespace: shop}
        spec:
          clusterIP: 10.96.0.{{last}}
          selector: {app: {{name}} }
          ports: [{name: tcp, port: 80, targetPort: 8080}]
        """;

    /// <summary>The listeners of the next response; confirms the one before.</summary>
    public async Task<IReadOnlyDictionary<string, Listener>> NextAsync()
    {
        await _call.WriteAsync(_next);
        Assert.True(await _call.MoveNextAsync());
        _next = new DeltaDiscoveryRequest { TypeUrl = TypeUrls.Listener, ResponseNonce = _call.Current.Nonce };
        return _call.Current.Resources.ToDictionary(item => item.Name, item => item.Resource_.Unpack<Listener>());
    }

    /// <summary>How the workload checks tokens, by issuer; empty when it checks none.</summary>
    public static IReadOnlyDictionary<string, JwtProvider> Providers(IReadOnlyDictionary<string, Listener> listeners) =>
        listeners["virtualInbound"].FilterChains.SelectMany(chain => chain.Filters)
            .Where(filter => filter.TypedConfig.Is(HttpConnectionManager.Descriptor))
            .SelectMany(filter => filter.TypedConfig.Unpack<HttpConnectionManager>().HttpFilters)
            .FirstOrDefault(filter => filter.TypedConfig?.Is(JwtAuthentication.Descriptor) is true)?
            .TypedConfig.Unpack<JwtAuthentication>().Providers.Values.ToDictionary(provider => provider.Issuer) ?? [];

    public async ValueTask DisposeAsync()
    {
        await _call.DisposeAsync();
        _channel.Dispose();
        await _host.DisposeAsync();
    }
}
