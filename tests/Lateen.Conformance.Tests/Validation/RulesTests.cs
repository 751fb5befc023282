using Istio.Mesh.V1Alpha1;
using Istio.Security.V1Beta1;
using Lateen.Core;
using Lateen.Core.Protobuf;
using Lateen.Core.Yaml;
using Lateen.Galley;
using Lateen.Galley.Validation;
using Lateen.TestKit;
using Xunit.Abstractions;

namespace Lateen.Conformance.Tests.Validation;

/// <summary>The tables of the suite <c>rules</c> that Galley decides.</summary>
public sealed class RulesTests(ITestOutputHelper output)
{
    [ConformanceFact("rules")]
    public void Tables_EachCase_HasIstiosResult()
    {
        var run = new ConformanceRun("rules", output);
        Table(run, "host-matches", c => Same(c["result"], Hosts.Overlap(c["a"]!.Text ?? "", c["b"]!.Text ?? "")));
        Table(run, "host-subset-of", c => Same(c["result"], Hosts.IsSubset(c["a"]!.Text ?? "", c["b"]!.Text ?? "")));
        Table(run, "labels-valid", c => Same(c["valid"], Labels(c["labels"])));
        Table(run, "path-template-valid", c => Same(c["error"], Texts(c["paths"]).Any(
            p => AuthorizationRules.PathTemplate(p) is not null)));
        Table(run, "authz-condition-valid", c => Same(c["error"], !Condition(c)));
        Table(run, "mesh-config-merge", MeshMerge);
        Table(run, "proxy-config-merge", ProxyMerge);
        run.Finish();
    }

    private static void Table(ConformanceRun run, string name, Func<YamlNode, string?> test)
    {
        var cases = ((YamlSequence)ConformanceDocuments.Load("rules", $"{name}.yaml")[0]["cases"]!).Items;
        for (var i = 0; i < cases.Count; i++)
        {
            var item = cases[i];
            run.Case($"{name}/{i} {item["name"]?.Text}".TrimEnd(), name, () => test(item));
        }
    }

    private static string? Same(YamlNode? expected, bool actual) =>
        (expected?.Text == "true") == actual ? null : $"got {actual}";

    private static IEnumerable<string> Texts(YamlNode? list) =>
        (list as YamlSequence)?.Items.Select(i => i.Text ?? "") ?? [];

    private static bool Labels(YamlNode? labels) =>
        labels is not YamlMapping map || map.Entries.All(e => Lexical.Label(e.Key.Value, e.Value.Text ?? "") is null);

    private static bool Condition(YamlNode node)
    {
        var condition = new Condition { Key = node["key"]?.Text ?? "" };
        condition.Values.AddRange(Texts(node["values"]));
        condition.NotValues.AddRange(Texts(node["notValues"]));
        var findings = new Findings(new ConfigObject
        {
            Key = new ConfigKey(ConfigKinds.AuthorizationPolicy, "a", "b"),
            ApiVersion = "security.istio.io/v1",
            Spec = new AuthorizationPolicy(),
        });
        ConditionRules.Validate(findings, condition, isCustom: false, "when");
        return findings.ToResult().IsValid;
    }

    private static string? MeshMerge(YamlNode node)
    {
        var errors = new List<ConfigError>();
        var start = MeshConfigReader.Apply(new MeshConfig(), node["base"] ?? new YamlMapping(), errors);
        var merged = MeshConfigReader.Apply(start, node["overlay"] ?? new YamlMapping(), errors);
        var expected = new MessageReader(MessageReadOptions.Istio, errors).Read<MeshConfig>(node["result"]!);
        Assert.Empty(errors);
        return merged.Equals(expected) ? null : MessageWriter.ToJson(merged);
    }

    private static string? ProxyMerge(YamlNode node)
    {
        var errors = new List<ConfigError>();
        var start = MeshConfigReader.ApplyProxyConfig(new ProxyConfig(), node["base"] ?? new YamlMapping(), errors);
        var merged = MeshConfigReader.ApplyProxyConfig(start, node["overlay"] ?? new YamlMapping(), errors);
        var expected = new MessageReader(MessageReadOptions.Istio, errors).Read<ProxyConfig>(node["result"]!);
        Assert.Empty(errors);
        return merged.Equals(expected) ? null : MessageWriter.ToJson(merged);
    }
}
