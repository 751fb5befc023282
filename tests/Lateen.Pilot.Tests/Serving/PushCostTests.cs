using System.Globalization;
using Envoy.Config.Core.V3;
using Envoy.Config.Route.V3;
using Istio.Networking.V1Alpha3;
using Lateen.Pilot.Clusters;
using Lateen.Pilot.Listeners;
using Lateen.Pilot.Model;
using Lateen.Pilot.Serving;
using Lateen.Pilot.Tests.Model;
using Lateen.Xds;
using ServicePort = Istio.Networking.V1Alpha3.ServicePort;

namespace Lateen.Pilot.Tests.Serving;

/// <summary>
/// What one changed object costs, counted in queries run: the same in a mesh of 100 services in 5 namespaces and in one
/// of 1,000 in 50, with clients spread over all of them. Nothing here looks at a clock.
/// </summary>
public sealed class PushCostTests
{
    private const int ClientCount = 20;
    private const int NamespaceSize = 20;

    [Fact]
    public void VirtualService_OneChanges_CostsTheSameInALargerMesh()
    {
        var small = RuleChange(new CostMesh(100));
        var large = RuleChange(new CostMesh(1000));

        Assert.Equal(small, large);
        // The rule, its routes, the table of its port; and that its connection rules and hosts are what they were.
        Assert.InRange(large.Runs, 1, 8);
        Assert.Equal(1, large.Changed);
    }

    [Fact]
    public void VirtualService_OneChanges_SendsOneVirtualHostToThoseThatDiscoverThem()
    {
        var mesh = new CostMesh(1000) { DiscoverHosts = true };
        mesh.ConnectClients();
        var client = mesh.Connect(0);
        var (hosts, tables) = (client.Resources[TypeUrls.VirtualHost], client.Resources[TypeUrls.RouteConfiguration]);
        var (hostRevision, tableRevision) = (hosts.Revision, tables.Revision);

        mesh.SetRule(0, "another");
        var (runs, changed) = mesh.Push();

        List<string> names = [];
        Assert.True(hosts.TryGetChanges(hostRevision, names));
        Assert.Equal("80/svc-00000.ns-000.svc.cluster.local:80", Assert.Single(names));
        Assert.Equal(tableRevision, tables.Revision);
        Assert.InRange(hosts.Find(names[0])!.Length, 1, 2048);
        Assert.All(tables.GetAll(), table => Assert.InRange(table.Length, 1, 512));
        Assert.InRange(runs, 1, 8);
        Assert.Equal(1, changed);
    }

    [Fact]
    public void VirtualHosts_AllOfATable_AreTheTableThatOthersGet()
    {
        var mesh = new CostMesh(100);
        var whole = mesh.Connect(0).Resources[TypeUrls.RouteConfiguration];
        mesh.DiscoverHosts = true;
        var client = mesh.Connect(0);

        foreach (var table in whole.GetAll())
        {
            var frame = RouteConfiguration.Parser.ParseFrom(
                client.Resources[TypeUrls.RouteConfiguration].Find(table.Name)!.Body.Span);
            Assert.Equal(
                ConfigSource.ConfigSourceSpecifierOneofCase.Ads, frame.Vhds?.ConfigSource.ConfigSourceSpecifierCase);
            frame.Vhds = null;
            var hosts = client.Resources[TypeUrls.VirtualHost].GetAll()
                .Where(host => host.Name.StartsWith(table.Name + "/", StringComparison.Ordinal))
                .Select(host => VirtualHost.Parser.ParseFrom(host.Body.Span));
            var last = frame.VirtualHosts[0];
            frame.VirtualHosts.Clear();
            frame.VirtualHosts.Add(hosts.OrderBy(host => host.Name, StringComparer.Ordinal).Append(last));
            Assert.Equal(RouteConfiguration.Parser.ParseFrom(table.Body.Span), frame);
        }
    }

    [Fact]
    public void Endpoint_OneChanges_CostsTheSameInALargerMesh()
    {
        var small = EndpointChange(new CostMesh(100));
        var large = EndpointChange(new CostMesh(1000));

        Assert.Equal(small, large);
        Assert.InRange(large.Runs, 1, 12);
        // The assignments of the service and of the subset that the endpoint is in.
        Assert.Equal(2, large.Changed);
    }

    [Fact]
    public void DestinationRule_OneChanges_CostsTheSameInALargerMesh()
    {
        var small = PolicyChange(new CostMesh(100));
        var large = PolicyChange(new CostMesh(1000));

        Assert.Equal(small, large);
        Assert.InRange(large.Runs, 1, 14);
    }

    [Fact]
    public void Service_OneMore_CostsTheSameInALargerMesh()
    {
        var small = ServiceArrives(new CostMesh(100));
        var large = ServiceArrives(new CostMesh(1000));

        Assert.Equal(small, large);
        // Its cluster, its assignment, and the table of its port.
        Assert.Equal(3, large.Changed);
    }

    [Fact]
    public void Client_OneMoreOfAKnownKind_GeneratesOnlyWhatIsItsOwn()
    {
        var mesh = new CostMesh(100);
        mesh.ConnectClients();
        var runs = mesh.Runs;

        mesh.Connect(99);

        // Its group and parts, whether its namespace is apart, its view, and its inbound clusters and listeners.
        Assert.InRange(mesh.Runs - runs, 1, 16);
    }

    private static (long Runs, int Changed) RuleChange(CostMesh mesh)
    {
        mesh.ConnectClients();
        mesh.SetRule(0, "another");
        return mesh.Push();
    }

    private static (long Runs, int Changed) ServiceArrives(CostMesh mesh)
    {
        mesh.ConnectClients();
        mesh.SetService(5001, "10.99.99.99");
        return mesh.Push();
    }

    private static (long Runs, int Changed) EndpointChange(CostMesh mesh)
    {
        mesh.ConnectClients();
        mesh.SetService(0, "10.99.99.99");
        return mesh.Push();
    }

    private static (long Runs, int Changed) PolicyChange(CostMesh mesh)
    {
        mesh.ConnectClients();
        mesh.SetPolicy(0, 77);
        return mesh.Push();
    }

    /// <summary>Services with two endpoints each on two ports in turn; every fifth has rules of both kinds.</summary>
    private sealed class CostMesh
    {
        private readonly MeshBuilder _mesh = new();
        private readonly PilotEngine _engine;
        private readonly int _count;

        public CostMesh(int count)
        {
            _count = count;
            _engine = new PilotEngine(_mesh.Model,
            [
                new ClusterGenerator(new ClusterQueries(_mesh.Model)),
                new TrafficGenerator(new TrafficQueries(_mesh.Model)),
            ]);
            for (var i = 0; i < count; i++)
            {
                SetService(i, Address(i, 2));
                if (i % 5 == 0)
                {
                    SetRule(i, "original");
                    SetPolicy(i, 10);
                }
            }
        }

        public long Runs => _mesh.Graph.Counters.Runs;

        public void ConnectClients()
        {
            for (var i = 0; i < ClientCount; i++)
            {
                Connect(i * _count / ClientCount);
            }
            _engine.Push();
        }

        /// <summary>Clients take virtual hosts one by one.</summary>
        public bool DiscoverHosts { get; set; }

        public ServedProxy Connect(int service)
        {
            var proxy = MeshBuilder.Sidecar(Namespace(service), Address(service, 1), new()
            {
                ["app"] = Name(service),
                ["service.istio.io/canonical-name"] = Name(service),
            });
            proxy = proxy with { Settings = proxy.Settings with { VirtualHostDiscovery = DiscoverHosts } };
            var served = _engine.Connect(proxy, _ => { });
            Assert.NotEmpty(served.Resources[TypeUrls.RouteConfiguration].GetAll());
            return served;
        }

        public (long Runs, int Changed) Push()
        {
            var before = Runs;
            var changed = _engine.Push();
            return (Runs - before, changed);
        }

        public void SetService(int i, string secondAddress)
        {
            _mesh.Add(ObjectKind.ServiceEntry, Namespace(i), Name(i), new ServiceEntry
            {
                Hosts = { Host(i) },
                Addresses = { string.Create(CultureInfo.InvariantCulture, $"240.0.{i / 250}.{(i % 250) + 1}") },
                Location = ServiceEntry.Types.Location.MeshInternal,
                Resolution = ServiceEntry.Types.Resolution.Static,
                Ports = { new ServicePort { Number = i % 2 == 0 ? 80u : 8080u, Name = "http", Protocol = "HTTP" } },
                Endpoints =
                {
                    new WorkloadEntry { Address = Address(i, 1), Labels = { ["version"] = "v1" } },
                    new WorkloadEntry { Address = secondAddress, Labels = { ["version"] = "v2" } },
                },
            });
        }

        public void SetRule(int i, string value)
        {
            _mesh.Add(ObjectKind.VirtualService, Namespace(i), Name(i), new VirtualService
            {
                Hosts = { Host(i) },
                Http =
                {
                    new HTTPRoute
                    {
                        Match = { new HTTPMatchRequest { Headers = { ["x"] = new StringMatch { Exact = value } } } },
                        Route = { To(i, "v2") },
                    },
                    new HTTPRoute { Route = { To(i, "v1") } },
                },
            });
        }

        public void SetPolicy(int i, int connections)
        {
            _mesh.Rule(Namespace(i), Name(i), Host(i), rule =>
            {
                rule.TrafficPolicy = new TrafficPolicy
                {
                    ConnectionPool = new ConnectionPoolSettings
                    {
                        Tcp = new ConnectionPoolSettings.Types.TCPSettings { MaxConnections = connections },
                    },
                };
                rule.Subsets.Add(new Subset { Name = "v1", Labels = { ["version"] = "v1" } });
                rule.Subsets.Add(new Subset { Name = "v2", Labels = { ["version"] = "v2" } });
            });
        }

        private static HTTPRouteDestination To(int i, string subset)
            => new() { Destination = new Destination { Host = Host(i), Subset = subset } };

        private static string Namespace(int i)
            => string.Create(CultureInfo.InvariantCulture, $"ns-{i / NamespaceSize:D3}");

        private static string Name(int i) => string.Create(CultureInfo.InvariantCulture, $"svc-{i:D5}");

        private static string Host(int i) => $"{Name(i)}.{Namespace(i)}.svc.cluster.local";

        private static string Address(int i, int endpoint)
            => string.Create(CultureInfo.InvariantCulture, $"10.{i / 250}.{i % 250}.{endpoint}");
    }
}
