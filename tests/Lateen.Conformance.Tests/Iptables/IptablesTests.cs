using System.Net;
using Lateen.Capture;
using Lateen.TestKit;
using Xunit.Abstractions;
using YamlDotNet.RepresentationModel;

namespace Lateen.Conformance.Tests.Iptables;

/// <summary>
/// Istio's own goldens: the options of every sidecar case about iptables go through flags and environment, and the
/// rules must equal the expected ones chain by chain.
/// </summary>
public sealed class IptablesTests(ITestOutputHelper output)
{
    private const string Suite = "iptables";
    private const int CaseCount = 16;

    [ConformanceFact(Suite)]
    public void SidecarIptablesCases_RulesPerChain_EqualTheGoldens()
    {
        var suite = Load(Path.Combine(TestKit.Conformance.Suite(Suite), "cases.yaml"));
        var names = (YamlMappingNode)suite["commandLine"];
        var defaults = (YamlMappingNode)((YamlMappingNode)suite["defaults"])["sidecar"];
        List<string> failed = [];
        var count = 0;
        foreach (var node in ((YamlSequenceNode)suite["cases"]).Cast<YamlMappingNode>())
        {
            if (node["mode"].ToString() != "sidecar" || node["backend"].ToString() != "iptables")
            {
                continue;
            }

            count++;
            var difference = Check(node, defaults, names);
            if (difference.Length > 0)
            {
                failed.Add($"{node["id"]}: {difference}");
            }
        }

        ConformanceReport.Add(output, Suite, count - failed.Count, count);
        Assert.Empty(failed);
        Assert.Equal(CaseCount, count);
    }

    private static string Check(YamlMappingNode node, YamlMappingNode defaults, YamlMappingNode names)
    {
        Dictionary<string, string> flags = [];
        Dictionary<string, string> variables = [];
        var ipv6 = false;
        List<IPAddress> servers = [];
        foreach (var (key, value) in defaults.Children.Concat(((YamlMappingNode)node["options"]).Children))
        {
            var name = (YamlMappingNode)names[key.ToString()];
            if (name.Children.TryGetValue("flag", out var flag))
            {
                flags[flag.ToString()[2..]] = value.ToString();
            }
            else if (name.Children.TryGetValue("env", out var variable))
            {
                variables[variable.ToString()] = value.ToString();
            }
            else if (value is YamlSequenceNode list)
            {
                servers.AddRange(list.Select(s => IPAddress.Parse(s.ToString())));
            }
            else
            {
                ipv6 = value.ToString() == "true";
            }
        }

        var network = new PodNetwork([IPAddress.Parse(ipv6 ? "fd00::5" : "10.0.0.5")], servers);
        var reader = new CaptureOptionsReader(flags.GetValueOrDefault, variables.GetValueOrDefault);
        var rules = CaptureRulesBuilder.Build(reader.Read(network, _ => null));
        if (reader.Errors.Count > 0)
        {
            return string.Join("; ", reader.Errors);
        }

        var text = rules.RestoreText(IpFamily.V4).Split('\n');
        var text6 = ipv6 ? rules.RestoreText(IpFamily.V6).Split('\n') : [];
        var golden = File.ReadAllLines(Path.Combine(TestKit.Conformance.Suite(Suite), node["expected"].ToString()));
        var (golden4, golden6) = SplitFamilies(golden, ipv6);
        return Difference("IPv4", golden4, text) + Difference("IPv6", golden6, text6);
    }

    /// <summary>A table that comes a second time begins the IPv6 half.</summary>
    private static (List<string> V4, List<string> V6) SplitFamilies(string[] lines, bool ipv6)
    {
        List<string> v4 = [];
        List<string> v6 = [];
        var tables = lines.Where(l => l.StartsWith('*')).ToList();
        var half = ipv6 ? (tables.Count + 1) / 2 : tables.Count;
        var seen = 0;
        HashSet<string> names = [];
        foreach (var line in lines)
        {
            if (line.StartsWith('*') && !names.Add(line))
            {
                half = Math.Min(half, seen);
            }

            seen += line.StartsWith('*') ? 1 : 0;
            (seen <= half ? v4 : v6).Add(line);
        }

        return (v4, v6);
    }

    private static string Difference(string family, IEnumerable<string> expected, IEnumerable<string> actual)
    {
        var want = RuleText.Parse(expected);
        var got = RuleText.Parse(actual);
        foreach (var chain in want.Keys.Union(got.Keys))
        {
            var a = want.TryGetValue(chain, out var w) ? string.Join('\n', w) : "no chain";
            var b = got.TryGetValue(chain, out var g) ? string.Join('\n', g) : "no chain";
            if (a != b)
            {
                return $"{family} {chain}: expected\n{a}\ngot\n{b}\n";
            }
        }

        return "";
    }

    private static YamlMappingNode Load(string path)
    {
        var stream = new YamlStream();
        using var reader = new StreamReader(path);
        stream.Load(reader);
        return (YamlMappingNode)stream.Documents[0].RootNode;
    }
}
