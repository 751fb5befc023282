using Envoy.Config.Route.V3;
using Lateen.Core.Yaml;
using Lateen.Pilot.Simulation;
using Lateen.TestKit;
using Xunit.Abstractions;

namespace Lateen.Conformance.Tests.Xds;

/// <summary>Upstream's simulations: configuration in, what calls meet out.</summary>
public sealed class XdsSimulationTests(ITestOutputHelper output)
{
    private const string SuiteName = "xds";

    [ConformanceFact(SuiteName)]
    public void Walk_UpstreamSimulations_MeetsExpectations()
    {
        var run = new ConformanceRun("xds-simulation", output);
        foreach (var test in ((YamlSequence)ConformanceDocuments.Load(SuiteName, "cases.yaml")[0]["cases"]!).Items)
        {
            var id = test["id"]!.Text!;
            if (!id.StartsWith("simulation/", StringComparison.Ordinal))
            {
                continue;
            }
            var group = id.Split('/')[1];
            var resources = new Lazy<ProxyResources>(() => ResourcesOf(test));
            if (test["expectVirtualHosts"] is YamlMapping hosts)
            {
                run.Case(id, group, () => CompareHosts(hosts, resources.Value, test["routeName"]!.Text!));
            }
            var names = new Dictionary<string, int>(StringComparer.Ordinal);
            foreach (var item in (test["calls"] as YamlSequence)?.Items ?? [])
            {
                var name = item["name"]!.Text!;
                var count = names[name] = names.GetValueOrDefault(name) + 1;
                run.Case($"{id}/{name}{(count > 1 ? $" ({count})" : "")}", group,
                    () => CompareCall(item, resources.Value));
            }
        }
        run.Finish();
    }

    private static ProxyResources ResourcesOf(YamlNode test)
    {
        var reader = new ScenarioReader();
        var scenario = reader.Read(JsonTreeWriter.Write(ScenarioOf(test)), "case")!;
        return new SimulatedMesh(scenario).ResourcesOf(scenario.Proxies[0].Proxy);
    }

    private static YamlMapping ScenarioOf(YamlNode test)
    {
        var proxy = test["proxy"];
        var fields = new List<(string, YamlNode)>
        {
            ("name", new YamlScalar("proxy")),
            ("id", new YamlScalar("app")),
            ("type", proxy?["type"] ?? new YamlScalar("sidecar")),
            ("namespace", proxy?["namespace"] ?? new YamlScalar("default")),
            ("ips", proxy?["ipAddresses"] ?? new YamlSequence([new YamlScalar("1.1.1.1")])),
            ("labels", proxy?["labels"] ?? new YamlMapping()),
            ("metadata", proxy?["metadata"] ?? new YamlMapping()),
        };
        var texts = new[] { "kubernetes", "config" }.Select(part => (part, (YamlNode)new YamlScalar(
            test[part]?.Text is { } file
                ? File.ReadAllText(Path.Combine(TestKit.Conformance.Suite(SuiteName), file)) : "")));
        return new YamlMapping([
            .. texts,
            ("meshConfig", test["meshConfig"] ?? new YamlMapping()),
            ("env", test["env"] ?? new YamlMapping()),
            ("proxies", new YamlSequence([new YamlMapping([.. fields])]))]);
    }

    private static string? CompareHosts(YamlMapping hosts, ProxyResources resources, string routeName)
    {
        var route = resources.Routes.FirstOrDefault(route => route.Name == routeName) ?? new RouteConfiguration();
        foreach (var (domain, clusters) in hosts.Entries)
        {
            var host = route.VirtualHosts.FirstOrDefault(host => host.Domains.FirstOrDefault() == domain.Value);
            var got = host is null ? "none" : string.Join(',', host.Routes.Select(item => item.Route_?.Cluster));
            var want = clusters is YamlSequence list ? string.Join(',', list.Items.Select(item => item.Text)) : "none";
            if (got != want)
            {
                return $"{domain.Value}: got {got}, want {want}";
            }
        }
        return null;
    }

    private static string? CompareCall(YamlNode item, ProxyResources resources)
    {
        var call = CallReader.Read(item["call"]!);
        var walker = new CallWalker(resources.Listeners, resources.Routes, clusters: null);
        var result = CallResultWriter.ToNode(walker.Walk(call));
        var expect = item["expect"]!;
        var strict = expect["strict"]?.Text == "true";
        foreach (var field in new[]
        {
            "listener", "filterChain", "routeConfig", "virtualHost", "route", "cluster", "error",
        })
        {
            if (expect[field] is null && !strict && field != "error")
            {
                continue;
            }
            var (got, want) = (result[field]?.Text ?? "", Expected(field, expect[field]?.Text ?? ""));
            if (got != want)
            {
                return $"{field}: got '{got}', want '{want}'";
            }
        }
        return null;
    }

    /// <summary>Upstream's harness left the domain out of the host names of Kubernetes services; a real mesh has
    /// it.</summary>
    private static string Expected(string field, string value)
    {
        return field == "cluster" && value.EndsWith(".default", StringComparison.Ordinal)
            ? value + ".svc.cluster.local" : value;
    }
}
