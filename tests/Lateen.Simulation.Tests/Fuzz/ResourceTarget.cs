using Google.Protobuf;
using Lateen.Core;
using Lateen.Proxy.AccessLog;
using Lateen.Proxy.Config;
using Lateen.Proxy.Stats;
using Lateen.TestKit;
using Lateen.Xds;

namespace Lateen.Simulation.Tests.Fuzz;

/// <summary>Discovered resources whose bytes were changed: taken or refused, never an exception and never a defect of
/// ours; those held before stay.</summary>
internal sealed class ResourceTarget : IFuzzTarget
{
    private static readonly Lazy<(string Type, byte[] Bytes)[]> _samples = new(Samples);

    public string Name => "resources";

    public long CasesByDefault => 1_000;

    public static ProxyResources Create()
    {
        var stats = new StatsStore(1);
        return new ProxyResources
        {
            Stats = stats,
            AccessLogs = new AccessLogWriter(stats, TimeSpan.FromSeconds(1)),
            IstioSeries = new IstioSeriesStore(stats, "fuzz"),
            OwnWorkload = new WorkloadMetadata { Workload = "own", Namespace = "fuzz" },
            NodeId = "node",
            RandomSeed = 1,
        };
    }

    public void Run(FuzzInput input)
    {
        using var manager = new ConfigurationManager(Create(), TimeProvider.System);
        for (var i = input.Between(1, 6); i > 0; i--)
        {
            var (type, bytes) = input.Pick<(string, byte[])>(_samples.Value);
            var changed = input.Chance(0.2) ? bytes : input.Mutate(bytes);
            var outcomes =
                manager.Apply(type, [("x", "1", ByteString.CopyFrom(changed))], input.Chance(0.1) ? ["a"] : []);
            Assert.True(outcomes.SelectMany(o => o.Errors).All(error => error.Code != "INTERNAL"),
                $"{type}: {string.Join("; ", outcomes.SelectMany(o => o.Errors))} {Convert.ToHexString(changed)}");
        }
    }

    private static (string Type, byte[] Bytes)[] Samples()
    {
        using var folder = new TemporaryFolder();
        List<ConfigError> errors = [];
        var bootstrap = BootstrapReader.Read(folder.Write("a.yaml", BootstrapTarget.Samples[0]), null, false, errors);
        Assert.Empty(errors);
        var listener = bootstrap.StaticResources.Listeners[0];
        var manager = Envoy.Extensions.Filters.Network.HttpConnectionManager.V3.HttpConnectionManager.Parser.ParseFrom(
            listener.FilterChains[0].Filters[0].TypedConfig.Value);
        return
        [
            (TypeUrls.Cluster, bootstrap.StaticResources.Clusters[0].ToByteArray()),
            (TypeUrls.ClusterLoadAssignment, bootstrap.StaticResources.Clusters[0].LoadAssignment.ToByteArray()),
            (TypeUrls.Listener, listener.ToByteArray()),
            (TypeUrls.RouteConfiguration, manager.RouteConfig.ToByteArray()),
        ];
    }
}
