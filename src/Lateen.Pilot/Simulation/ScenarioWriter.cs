using Google.Protobuf;
using Lateen.Core.Protobuf;
using Lateen.Core.Yaml;

namespace Lateen.Pilot.Simulation;

/// <summary>
/// Writes what a scenario's proxies get as JSON with sorted keys: <c>PROXY.TYPE.json</c> for each type, and
/// <c>calls.json</c> with what each call meets.
/// </summary>
public static class ScenarioWriter
{
    private const string NameTableName = "nameTable";

    private static readonly MessageWriter Messages =
        new(new MessageWriteOptions { SortFields = true, Types = GeneratedTypes.Registry });

    /// <summary>Computes and writes everything into a folder, which must exist.</summary>
    public static void Write(Scenario scenario, string folder)
    {
        ArgumentNullException.ThrowIfNull(scenario);
        var mesh = new SimulatedMesh(scenario);
        var walkers = new Dictionary<string, CallWalker>(StringComparer.Ordinal);
        foreach (var (name, proxy) in scenario.Proxies)
        {
            var resources = mesh.ResourcesOf(proxy);
            Write(resources, name, folder);
            walkers[name] = new CallWalker(resources.Listeners, resources.Routes,
                resources.Clusters.Select(cluster => cluster.Name));
        }
        var calls = scenario.Calls.Where(call => walkers.ContainsKey(call.Proxy))
            .Select(call => Result(call, walkers[call.Proxy].Walk(call)));
        Write(folder, "calls.json", new YamlSequence([.. calls]));
    }

    private static void Write(ProxyResources resources, string proxy, string folder)
    {
        Write(folder, $"{proxy}.listeners.json", Named(resources.Listeners, item => item.Name));
        Write(folder, $"{proxy}.routes.json", Named(resources.Routes, item => item.Name));
        Write(folder, $"{proxy}.clusters.json", Named(resources.Clusters, item => item.Name));
        Write(folder, $"{proxy}.endpoints.json", Named(resources.Endpoints, item => item.ClusterName));
        var (fromAgent, overAds) = SecretNames.Of(resources.Listeners, resources.Clusters);
        Write(folder, $"{proxy}.secrets.json",
            new YamlMapping(("fromAgent", Texts(fromAgent)), ("overADS", Texts(overAds))));
        if (resources.NameTable is { } table)
        {
            Write(folder, $"{proxy}.nds.json", Named([table], _ => NameTableName));
        }
    }

    private static YamlMapping Named<T>(IEnumerable<T> resources, Func<T, string> name)
        where T : IMessage
    {
        var entries = resources.OrderBy(name, StringComparer.Ordinal)
            .Select(item => (name(item), Messages.ToNode(item))).ToArray();
        return new YamlMapping(("resources", new YamlMapping(entries)));
    }

    private static YamlSequence Texts(IEnumerable<string> values)
    {
        return new YamlSequence([.. values.Select(value => new YamlScalar(value))]);
    }

    private static YamlMapping Result(Call call, CallResult result)
    {
        return new YamlMapping(
            ("name", new YamlScalar(call.Name)),
            ("proxy", new YamlScalar(call.Proxy)),
            ("result", CallResultWriter.ToNode(result)));
    }

    private static void Write(string folder, string file, YamlNode node)
    {
        File.WriteAllBytes(Path.Combine(folder, file), JsonTreeWriter.WriteUtf8(node, indented: true));
    }
}
