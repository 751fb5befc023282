using System.Globalization;
using Google.Protobuf;
using Lateen.Core.Protobuf;
using Lateen.Core.Yaml;
using Lateen.Pilot.Simulation;
using Lateen.TestKit;
using Xunit.Abstractions;

namespace Lateen.Conformance.Tests.Xds;

/// <summary>
/// What the real control plane gave to proxies, against what ours generates: every file of resources of every scenario,
/// and every described call. Counts stand in the output by subject.
/// </summary>
public sealed class RecordedXdsTests(ITestOutputHelper output)
{
    private const string SuiteName = "recorded-xds";

    private static readonly MessageWriter Messages =
        new(new MessageWriteOptions { SortFields = true, Types = GeneratedTypes.Registry });

    private readonly SortedDictionary<string, (int Equal, int All)> _counts = new(StringComparer.Ordinal);

    [ConformanceFact(SuiteName)]
    public void Generate_RecordedScenarios_GivesRecordedResources()
    {
        var run = new ConformanceRun("recorded-xds-resources", output);
        foreach (var (name, subject, scenario, folder) in Scenarios())
        {
            var mesh = new Lazy<SimulatedMesh>(() => new SimulatedMesh(scenario));
            foreach (var (proxyName, proxy) in scenario.Proxies)
            {
                var resources = new Lazy<ProxyResources>(() => mesh.Value.ResourcesOf(proxy));
                foreach (var (type, select) in Types())
                {
                    var file = Path.Combine(folder, $"{proxyName}.{type}.json");
                    if (File.Exists(file))
                    {
                        run.Case($"{name}/{proxyName}.{type}", type, () =>
                            Compare($"{subject} {type}", RecordedResources.Read(file), () => select(resources.Value)));
                    }
                }
            }
        }
        PrintCounts();
        run.Finish();
    }

    [ConformanceFact(SuiteName)]
    public void Walk_RecordedScenarios_MeetsRecordedCalls()
    {
        var run = new ConformanceRun("recorded-xds-calls", output);
        foreach (var (name, subject, scenario, folder) in Scenarios())
        {
            var file = Path.Combine(folder, "calls.recorded.json");
            var recorded = File.Exists(file) ? ((YamlSequence)RecordedResources.ReadJson(file)).Items : [];
            var walkers = new Lazy<Dictionary<string, CallWalker>>(() => Walkers(scenario));
            foreach (var want in recorded)
            {
                var call = scenario.Calls.First(call =>
                    call.Name == want["name"]!.Text && call.Proxy == want["proxy"]!.Text);
                run.Case($"{name}/{call.Proxy}/{call.Name}", subject, () => ResourceComparison.Difference(
                    want["result"]!, CallResultWriter.ToNode(walkers.Value[call.Proxy].Walk(call))));
            }
        }
        run.Finish();
    }

    /// <summary>The walker by itself: over the recorded resources it must meet what was recorded.</summary>
    [ConformanceFact(SuiteName)]
    public void Walk_RecordedResources_MeetsRecordedCalls()
    {
        var run = new ConformanceRun("recorded-xds-walker", output);
        foreach (var (name, subject, scenario, folder) in Scenarios())
        {
            var file = Path.Combine(folder, "calls.recorded.json");
            var recorded = File.Exists(file) ? ((YamlSequence)RecordedResources.ReadJson(file)).Items : [];
            foreach (var want in recorded)
            {
                var call = scenario.Calls.First(call =>
                    call.Name == want["name"]!.Text && call.Proxy == want["proxy"]!.Text);
                if (RecordedWalker(folder, call, want["result"]!) is { } walker)
                {
                    run.Case($"{name}/{call.Proxy}/{call.Name}", subject, () => ResourceComparison.Difference(
                        want["result"]!, CallResultWriter.ToNode(walker.Walk(call))));
                }
            }
        }
        run.Finish();
    }

    /// <summary>Null when the listener or the routes that the call meets were not kept.</summary>
    private static CallWalker? RecordedWalker(string folder, Call call, YamlNode result)
    {
        RecordedResources Of(string type) => RecordedResources.Read(Path.Combine(folder, $"{call.Proxy}.{type}.json"));
        var listeners = Of("listeners").As<Envoy.Config.Listener.V3.Listener>();
        var routes = Of("routes").As<Envoy.Config.Route.V3.RouteConfiguration>();
        var kept = listeners.Any(listener => listener.Name == result["listener"]?.Text)
            && (result["routeConfig"] is null || routes.Any(route => route.Name == result["routeConfig"]!.Text));
        return kept ? new CallWalker(listeners, routes, Of("clusters").AllNames) : null;
    }

    private static Dictionary<string, CallWalker> Walkers(Scenario scenario)
    {
        var mesh = new SimulatedMesh(scenario);
        return scenario.Proxies.ToDictionary(proxy => proxy.Name, proxy =>
        {
            var resources = mesh.ResourcesOf(proxy.Proxy);
            return new CallWalker(resources.Listeners, resources.Routes,
                resources.Clusters.Select(cluster => cluster.Name));
        });
    }

    private static IEnumerable<(string Name, string Subject, Scenario Scenario, string Folder)> Scenarios()
    {
        foreach (var folder in Directory.GetDirectories(TestKit.Conformance.Suite(SuiteName))
            .Order(StringComparer.Ordinal))
        {
            var file = Path.Combine(folder, "scenario.yaml");
            var text = File.ReadAllText(file);
            var subject = YamlReader.Read(text, file).Documents[0]["subject"]!.Text!;
            yield return (Path.GetFileName(folder), subject, new ScenarioReader().Read(text, file)!, folder);
        }
    }

    private static IEnumerable<(string Type, Func<ProxyResources, IEnumerable<(string, IMessage)>> Select)> Types()
    {
        yield return ("listeners", all => all.Listeners.Select(item => (item.Name, (IMessage)item)));
        yield return ("routes", all => all.Routes.Select(item => (item.Name, (IMessage)item)));
        yield return ("clusters", all => all.Clusters.Select(item => (item.Name, (IMessage)item)));
        yield return ("endpoints", all => all.Endpoints.Select(item => (item.ClusterName, (IMessage)item)));
        yield return ("nds", all => all.NameTable is null ? [] : [("nameTable", (IMessage)all.NameTable)]);
    }

    private string? Compare(string group, RecordedResources recorded,
        Func<IEnumerable<(string Name, IMessage Message)>> generate)
    {
        var total = recorded.Resources.Count() + (recorded.NamesOnly.Count > 0 ? 1 : 0);
        var (equal, all) = _counts.GetValueOrDefault(group);
        _counts[group] = (equal, all + total);
        var generated = generate().ToDictionary(item => item.Name, item => item.Message, StringComparer.Ordinal);
        var differences = new List<string>();
        foreach (var (name, body) in recorded.Resources)
        {
            var difference = generated.TryGetValue(name, out var message)
                ? ResourceComparison.Difference(body, Messages.ToNode(message)) : ": missing";
            if (difference is not null)
            {
                differences.Add(name + difference);
            }
        }
        var missing = recorded.NamesOnly.Where(name => !generated.ContainsKey(name)).ToList();
        var passed = total - differences.Count - (missing.Count > 0 ? 1 : 0);
        _counts[group] = (equal + passed, all + total);
        differences.AddRange(missing.Select(name => $"{name}: missing"));
        differences.AddRange(generated.Keys.Except(recorded.AllNames).Select(name => $"{name}: not wanted"));
        return differences.Count == 0 ? null : string.Join("; ", differences.Take(3));
    }

    private void PrintCounts()
    {
        foreach (var (group, (equal, all)) in _counts)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{group}: {equal} of {all} equal"));
        }
        var sum = (_counts.Values.Sum(count => count.Equal), _counts.Values.Sum(count => count.All));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"resources: {sum.Item1} of {sum.Item2} equal"));
    }
}
