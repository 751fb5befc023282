using Lateen.Core;
using Lateen.Core.Protobuf;
using Lateen.Core.Yaml;
using Lateen.Proxy.AccessLog;
using Lateen.Proxy.Config;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Tests;

/// <summary>Tables for tests of decoding and matching, and readers of messages from YAML.</summary>
internal static class TestResources
{
    public static ProxyResources Create()
    {
        var stats = new StatsStore(1);
        return new ProxyResources
        {
            Stats = stats,
            AccessLogs = new AccessLogWriter(stats, TimeSpan.FromSeconds(1)),
            IstioSeries = new IstioSeriesStore(stats, "test"),
            OwnWorkload = new WorkloadMetadata { Workload = "own", Namespace = "test" },
            NodeId = "node",
            RandomSeed = 1,
        };
    }

    public static T Read<T>(string yaml)
        where T : Google.Protobuf.IMessage, new()
    {
        var errors = new List<ConfigError>();
        var message = new T();
        var stream = YamlReader.Read(yaml);
        Assert.Empty(stream.Errors);
        new MessageReader(new MessageReadOptions { DurationMaps = true, FindType = EnvoyTypes.Find }, errors)
            .Merge(message, stream.Documents[0], "");
        Assert.True(errors.Count == 0, string.Join("\n", errors));
        return message;
    }
}
