using System.Globalization;
using System.Text;
using Lateen.Proxy.Addresses;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Config.Decode;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Stats;
using Xunit.Abstractions;
using YamlDotNet.RepresentationModel;
using ClusterProto = Envoy.Config.Cluster.V3.Cluster;

namespace Lateen.Proxy.Tests.Conformance;

/// <summary>Consistent hashing and templates: where a hash goes must be the same as in an Envoy beside us.</summary>
public sealed class HashTableRulesTests(ITestOutputHelper output)
{
    [SuiteFact("proxy-rules")]
    public void RingHash_EveryCase_IsAsInEnvoy() => Run("ring-hash.yaml", test =>
    {
        var minimum = Number(test, "minimumRingSize", 1024);
        var maximum = Number(test, "maximumRingSize", 8388608);
        if (test.Children.ContainsKey("invalid"))
        {
            return Refuses($"ring_hash_lb_config: {{minimum_ring_size: {minimum}, maximum_ring_size: {maximum}}}",
                "RING_HASH");
        }
        var hosts = Build(test, new LoadBalancerConfig
        {
            Policy = LoadBalancerPolicy.RingHash,
            MinimumRingSize = minimum,
            MaximumRingSize = maximum,
            UseMurmurHash = Text(test, "hashFunction").StartsWith("murmur", StringComparison.OrdinalIgnoreCase),
            UseHostnameForHashing = Text(test, "useHostnameForHashing") == "true",
            LocalityWeighted = test.Children.ContainsKey("localityWeights"),
        });
        var holds = true;
        foreach (var entry in List(test, "ring").Concat(List(test, "lookups")).Cast<YamlSequenceNode>())
        {
            var hash = ulong.Parse(entry[0].ToString(), CultureInfo.InvariantCulture);
            holds &= IndexOf(hosts, hash, 0) == int.Parse(entry[1].ToString(), CultureInfo.InvariantCulture);
        }
        return holds && SampleHolds(test, hosts);
    });

    [SuiteFact("proxy-rules")]
    public void Maglev_EveryCase_IsAsInEnvoy() => Run("maglev.yaml", test =>
    {
        var size = Number(test, "tableSize", 65537);
        if (test.Children.ContainsKey("invalid"))
        {
            return Refuses($"maglev_lb_config: {{table_size: {size}}}", "MAGLEV");
        }
        var hosts = Build(test, new LoadBalancerConfig
        {
            Policy = LoadBalancerPolicy.Maglev,
            TableSize = size,
            UseHostnameForHashing = Text(test, "useHostnameForHashing") == "true",
            LocalityWeighted = test.Children.ContainsKey("localityWeights"),
        });
        return List(test, "table").Select((entry, i) =>
            IndexOf(hosts, (ulong)i, 0) == int.Parse(entry.ToString(), CultureInfo.InvariantCulture)).All(x => x);
    });

    [SuiteFact("proxy-rules")]
    public void UriTemplates_Variables_MustBeOfThePattern() => Run("uri-template-variables.yaml", test =>
        (UriTemplate.TryParse(Text(test, "pattern"), out var template, out _)
            && UriTemplateRewrite.TryParse(Text(test, "rewrite"), template!, out _)) == (Text(test,
                "valid") == "true"));

    [SuiteFact("proxy-rules")]
    public void NormalizePath_EveryCase_IsAsInEnvoy() => Run("normalize-path.yaml", test =>
    {
        var result = new ByteBuffer();
        var isGood = PathNormalizer.TryCanonicalize(Encoding.UTF8.GetBytes(Text(test, "in")), result);
        var isInvalid = test.Children.ContainsKey("invalid") || Text(test, "out") == "invalid";
        return isInvalid ? !isGood : isGood && Encoding.UTF8.GetString(result.Written) == Text(test, "out");
    });

    private static bool SampleHolds(YamlMappingNode test, HostSet hosts)
    {
        if (!test.Children.TryGetValue("sample", out var node))
        {
            return true;
        }
        var sample = (YamlMappingNode)node;
        var count = Number(sample, "count", 1);
        var hits = new ulong[hosts.Hosts.Length];
        for (ulong i = 0; i < count; i++)
        {
            hits[IndexOf(hosts, i * (ulong.MaxValue / count), 0)]++;
        }
        return hits.Select(hit => hit.ToString(CultureInfo.InvariantCulture))
            .SequenceEqual(List(sample, "hits").Select(hit => hit.ToString()));
    }

    private static HostSet Build(YamlMappingNode test, LoadBalancerConfig balancer)
    {
        var cluster = new Cluster(
            new ClusterConfig { Name = "c", LoadBalancer = balancer }, new StatsStore(1), 1, 7);
        var weights = test.Children.TryGetValue("localityWeights", out var node) ? (YamlMappingNode)node : null;
        cluster.ApplyHosts([.. List(test, "hosts").Cast<YamlMappingNode>().Select(host =>
        {
            Assert.True(Address.TryParse(Encoding.ASCII.GetBytes(Text(host, "address")), out var address));
            var zone = Text(host, "locality");
            return new HostSpec(address, Text(host, "hostname"), new HostAttributes
            {
                Weight = (uint)Number(host, "weight", 1),
                Locality = new Locality("", zone, ""),
                LocalityWeight = weights is null ? 0 : (uint)Number(weights, zone, 0),
                HashKey = Text(host, "hashKey"),
            });
        })]);
        return cluster.Hosts;
    }

    private static bool Refuses(string settings, string policy)
    {
        var proto = TestResources.Read<ClusterProto>($"{{name: c, lb_policy: {policy}, {settings}}}");
        var context = new DecodeContext { Resources = TestResources.Create() };
        ClusterDecoder.Decode(proto, false, "", context);
        return context.Errors.Count > 0;
    }

    private static int IndexOf(HostSet hosts, ulong hash, int attempt) =>
        Array.IndexOf(hosts.Hosts, hosts.HashTables[0].Pick(hash, attempt));

    private void Run(string file, Func<YamlMappingNode, bool> holds)
    {
        var tally = new SuiteTally(output);
        var index = 0;
        foreach (var test in TestKit.Conformance.Cases("proxy-rules", file))
        {
            tally.Count($"{file}[{index++}] {Text(test, "name")}{Text(test, "in")}", holds(test), "differs");
        }
        tally.AssertAll();
    }

    private static IEnumerable<YamlNode> List(YamlMappingNode test, string name) =>
        test.Children.TryGetValue(name, out var node) ? (YamlSequenceNode)node : [];

    private static ulong Number(YamlMappingNode test, string name, ulong fallback) =>
        test.Children.TryGetValue(name, out var node)
            ? ulong.Parse(node.ToString(), CultureInfo.InvariantCulture)
            : fallback;

    private static string Text(YamlMappingNode test, string name) =>
        test.Children.TryGetValue(name, out var node) ? node.ToString() : "";
}
