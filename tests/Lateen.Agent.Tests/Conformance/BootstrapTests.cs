using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Istio.Mesh.V1Alpha1;
using Lateen.Agent.Bootstrap;
using Lateen.Core;
using Lateen.TestKit;
using YamlDotNet.RepresentationModel;
using Data = Lateen.TestKit.Conformance;
using JsonTreeWriter = Lateen.Core.Yaml.JsonTreeWriter;
using YamlMapping = Lateen.Core.Yaml.YamlMapping;
using YamlReader = Lateen.Core.Yaml.YamlReader;
using YamlSequence = Lateen.Core.Yaml.YamlSequence;

namespace Lateen.Agent.Tests.Conformance;

/// <summary>Runs the suite <c>bootstrap</c>.</summary>
public sealed class BootstrapTests
{
    private const string Suite = "bootstrap";

    [ConformanceFact(Suite)]
    public void Cases_OfTheSuite_GiveTheExpectedBootstrap()
    {
        var common = Data.Load(Suite, "cases.yaml").Find("common")!;
        var failures = new List<string>();
        var count = 0;
        foreach (var spec in Data.Cases(Suite, "cases.yaml"))
        {
            count++;
            var want = JsonNode.Parse(File.ReadAllText(Path.Combine(Data.Suite(Suite), spec.Text("expected")!)))!;
            var got = JsonNode.Parse(JsonTreeWriter.Write(Build(spec, common)))!;
            Normalize(want, spec);
            Normalize(got, spec);
            var differences = new List<string>();
            Compare("", want, got, differences);
            failures.AddRange(differences.Select(d => $"{spec.Text("id")}: {d}"));
        }

        Assert.Equal(17, count);
        Assert.True(failures.Count == 0, string.Join('\n', failures.Take(40)));
    }

    [ConformanceFact(Suite)]
    public void StatsTags_OfTheBootstrap_CutAndNameAsExpected()
    {
        var common = Data.Load(Suite, "cases.yaml").Find("common")!;
        var spec = Data.Cases(Suite, "cases.yaml").First(c => c.Text("id") == "default");
        var tags = Build(spec, common)["stats_config"]!["stats_tags"] as YamlSequence;
        var count = 0;
        foreach (var (name, cases) in ((YamlMappingNode)Data.Load(Suite, "stats-tags.yaml")).Children)
        {
            var tag = ((YamlScalarNode)name).Value;
            // .NET writes the POSIX class otherwise.
            var regex = tags!.Items.Single(t => t["tag_name"]!.Text == tag)["regex"]!.Text!
                .Replace("[:digit:]", "0-9", StringComparison.Ordinal);
            foreach (var one in (YamlSequenceNode)cases)
            {
                count++;
                var match = Regex.Match(one.Text("stat")!, regex);
                Assert.True(match.Success, one.Text("name"));
                Assert.Equal(one.Text("group1"), match.Groups[1].Value);
                Assert.Equal(one.Text("group2"), match.Groups[2].Value);
            }
        }

        Assert.True(count > 0);
    }

    private static YamlMapping Build(YamlMappingNode spec, YamlNode common)
    {
        var environment = spec.Entries("env").ToDictionary(e => e.Key, e => ((YamlScalarNode)e.Value).Value!);
        var annotations = spec.Entries("podAnnotations")
            .ToDictionary(e => e.Key, e => ((YamlScalarNode)e.Value).Value!);
        if (annotations.Count > 0)
        {
            environment["ISTIO_METAJSON_ANNOTATIONS"] = new JsonObject(
                annotations.Select(a => KeyValuePair.Create(a.Key, (JsonNode?)a.Value))).ToJsonString();
        }
        var options = new BootstrapOptions
        {
            Role = new ProxyRole(
                "sidecar",
                [IPAddress.Parse("1.2.3.4")],
                environment.GetValueOrDefault("POD_NAME", ""),
                environment.GetValueOrDefault("POD_NAMESPACE", ""),
                ""),
            NodeId = common.Text("nodeId"),
            InstanceIps = [.. common.Texts("instanceIPs").Distinct()],
            PilotSubjectAltNames = common.Texts("pilotSubjectAltNames"),
            OutlierLogPath = common.Text("outlierLogPath")!,
            WorkloadIdentitySocketFile = common.Text("workloadIdentitySocketFile")!,
            DiscoverySocketPath = "/tmp/XDS",
            Version = common.Text("binaryVersion")!,
            SkipDeprecatedLogs = false,
            CompliancePolicy = spec.Text("compliancePolicy") ?? "",
        };
        var config = ReadConfig(spec, environment);
        return BootstrapBuilder.Build(
            options, config, new AgentEnvironment(environment), new PodFacts(PodFacts.None.Labels, annotations));
    }

    private static ProxyConfig ReadConfig(YamlMappingNode spec, Dictionary<string, string> environment)
    {
        using var text = new StringWriter();
        new YamlStream(new YamlDocument(spec.Find("proxyConfig")!)).Save(text, assignAnchors: false);
        var errors = new List<ConfigError>();
        var config =
            ProxyConfigSource.ReadMessage(YamlReader.Read(text.ToString().Replace("...", "")).Documents[0], errors);
        Assert.Empty(errors);
        config.ConfigPath = $"/tmp/bootstrap/{spec.Text("id")}";
        config.CustomConfigFile = "envoy_bootstrap.json";
        config.StatusPort = 15020;
        const string Connections = "ISTIO_META_GLOBAL_DOWNSTREAM_MAX_CONNECTIONS";
        if (environment.TryGetValue(Connections, out var limit))
        {
            config.ProxyMetadata[Connections] = limit;
        }
        return config;
    }

    private static void Normalize(JsonNode bootstrap, YamlMappingNode spec)
    {
        if (spec.Flag("ignoreLocality"))
        {
            bootstrap["node"]!["locality"] = new JsonObject();
        }
        if (bootstrap["tracing"]?["http"]?["typed_config"]?["access_token_file"] is { } file)
        {
            file.ReplaceWith("/test-path/" + Path.GetFileName(file.GetValue<string>()));
        }
    }

    // Numbers and durations by value; everything else exactly.
    private static void Compare(string path, JsonNode? want, JsonNode? got, List<string> differences)
    {
        switch (want, got)
        {
            case (JsonObject a, JsonObject b):
                foreach (var key in a.Select(e => e.Key).Union(b.Select(e => e.Key)))
                {
                    if (a.ContainsKey(key) != b.ContainsKey(key))
                    {
                        differences.Add($"{path}.{key} only {(a.ContainsKey(key) ? "expected" : "found")}");
                        continue;
                    }
                    Compare($"{path}.{key}", a[key], b[key], differences);
                }
                break;
            case (JsonArray a, JsonArray b) when a.Count == b.Count:
                for (var i = 0; i < a.Count; i++)
                {
                    Compare(string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]"), a[i], b[i], differences);
                }
                break;
            default:
                if (want?.ToJsonString() != got?.ToJsonString())
                {
                    differences.Add($"{path}: {got?.ToJsonString()}, expected {want?.ToJsonString()}");
                }
                break;
        }
    }
}
