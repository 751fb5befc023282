using System.Net;
using Envoy.Config.Cluster.V3;
using Envoy.Config.Listener.V3;
using Envoy.Config.Route.V3;
using Envoy.Extensions.Filters.Http.Router.V3;
using Envoy.Extensions.Filters.Network.HttpConnectionManager.V3;
using Envoy.Extensions.TransportSockets.Tls.V3;
using Envoy.Extensions.Upstreams.Http.V3;
using Envoy.Service.Discovery.V3;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;
using Lateen.Citadel;
using Lateen.Core.Logging;
using Lateen.Grpc;
using Lateen.Grpc.Server;
using Lateen.TestKit;

namespace Lateen.Agent.Tests.EndToEnd;

/// <summary>
/// A control plane with a real certificate authority and fixed clusters and listeners, over TLS on loopback. It can be
/// stopped and started again on its port.
/// </summary>
internal sealed class FakeControlPlane : IAsyncDisposable
{
    private static readonly JsonParser _parser =
        new(JsonParser.Settings.Default.WithTypeRegistry(TypeRegistry.FromMessages(
        HttpConnectionManager.Descriptor,
        Router.Descriptor,
        DownstreamTlsContext.Descriptor,
        UpstreamTlsContext.Descriptor,
        HttpProtocolOptions.Descriptor)));

    private readonly Dictionary<string, List<(string Name, IMessage Message)>> _resources = [];
    private readonly List<string?> _authorizations = [];
    private readonly List<DeltaDiscoveryRequest> _requests = [];
    private GrpcServer? _server;

    public FakeControlPlane(string stateFolder)
    {
        Citadel = CitadelRuntime.Open(
            new CitadelOptions { StateFolder = stateFolder, PluggedInFolder = Path.Combine(stateFolder, "cacerts") },
            [],
            TimeProvider.System,
            new Random(1),
            LogSink.None);
    }

    public CitadelRuntime Citadel { get; }

    public int Port { get; } = FreePorts.Take();

    public int StreamCount { get; private set; }

    public IReadOnlyList<string?> Authorizations
    {
        get
        {
            lock (_authorizations)
            {
                return [.. _authorizations];
            }
        }
    }

    /// <summary>Requests that are no answers, in the order in which they came.</summary>
    public IReadOnlyList<DeltaDiscoveryRequest> Requests
    {
        get
        {
            lock (_requests)
            {
                return [.. _requests];
            }
        }
    }

    public void AddRoutes(string json) =>
        Add("envoy.config.route.v3.RouteConfiguration", _parser.Parse<RouteConfiguration>(json), r => r.Name);

    public void AddVirtualHost(string table, string json) =>
        Add("envoy.config.route.v3.VirtualHost", _parser.Parse<VirtualHost>(json), h => $"{table}/{h.Name}");

    public void AddCluster(string json) =>
        Add("envoy.config.cluster.v3.Cluster", _parser.Parse<Cluster>(json), c => c.Name);

    public void AddListener(string json) =>
        Add("envoy.config.listener.v3.Listener", _parser.Parse<Listener>(json), l => l.Name);

    public async Task StartAsync()
    {
        var services = new GrpcServices();
        var peers = new PeerCertificates();
        CertificateGrpc.AddTo(services, Citadel.Service, peers);
        services.AddDuplex(
            GrpcMethod.Protobuf(
                "envoy.service.discovery.v3.AggregatedDiscoveryService",
                "DeltaAggregatedResources",
                DeltaDiscoveryRequest.Parser,
                DeltaDiscoveryResponse.Parser),
            ServeAsync);
        var tls = new ServerTls(Citadel.Authority, ["istiod.istio-system.svc"], peers);
        _server = new GrpcServer(services);
        _server.Listen(new IPEndPoint(IPAddress.Loopback, Port), tls.OptionsFor);
        await _server.StartAsync();
    }

    public async Task StopAsync()
    {
        await _server!.DisposeAsync();
        _server = null;
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await StopAsync();
        }
        Citadel.Dispose();
    }

    private void Add<T>(string type, T message, Func<T, string> name)
        where T : IMessage
    {
        var url = "type.googleapis.com/" + type;
        _resources.TryAdd(url, []);
        _resources[url].Add((name(message), message));
    }

    private async Task ServeAsync(GrpcServerStream<DeltaDiscoveryRequest, DeltaDiscoveryResponse> stream)
    {
        StreamCount++;
        lock (_authorizations)
        {
            _authorizations.Add(stream.RequestHeaders.Get("authorization"));
        }
        while (await stream.MoveNextAsync())
        {
            var request = stream.Current;
            Assert.Null(request.ErrorDetail);
            if (request.ResponseNonce.Length > 0)
            {
                continue;
            }
            lock (_requests)
            {
                _requests.Add(request);
            }
            var response =
                new DeltaDiscoveryResponse { TypeUrl = request.TypeUrl, Nonce = "n", SystemVersionInfo = "1" };
            foreach (var (name, message) in _resources.GetValueOrDefault(request.TypeUrl, []))
            {
                response.Resources.Add(new Resource { Name = name, Version = "1", Resource_ = Any.Pack(message) });
            }
            await stream.WriteAsync(response);
        }
    }
}
