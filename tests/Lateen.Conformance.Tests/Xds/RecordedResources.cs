using Google.Protobuf;
using Lateen.Core;
using Lateen.Core.Protobuf;
using Lateen.Core.Yaml;
using Lateen.Pilot.Simulation;
using Lateen.TestKit;

namespace Lateen.Conformance.Tests.Xds;

/// <summary>A recorded resource file: resources by name, and the names of those that were not kept.</summary>
internal sealed class RecordedResources
{
    private static readonly MessageReadOptions Options = new()
    {
        IgnoreUnknownFields = true,
        Types = GeneratedTypes.Registry,
    };

    private readonly YamlMapping _resources;

    private RecordedResources(YamlNode? root)
    {
        _resources = root?["resources"] as YamlMapping ?? new YamlMapping();
        NamesOnly = root?["namesOnly"] is YamlSequence names ? [.. names.Items.Select(name => name.Text!)] : [];
    }

    internal IReadOnlyList<string> NamesOnly { get; }

    internal IEnumerable<(string Name, YamlNode Body)> Resources =>
        _resources.Entries.Select(entry => (entry.Key.Value, entry.Value));

    internal IEnumerable<string> AllNames => Resources.Select(resource => resource.Name).Concat(NamesOnly);

    /// <summary>Reads a file; one that is not there holds nothing.</summary>
    internal static RecordedResources Read(string path)
    {
        return new RecordedResources(File.Exists(path) ? ReadJson(path) : null);
    }

    internal static YamlNode ReadJson(string path)
    {
        return ConformanceDocuments.LoadFile(path)[0];
    }

    /// <summary>The resources as messages; extensions without a message are left empty.</summary>
    internal IReadOnlyList<T> As<T>()
        where T : IMessage, new()
    {
        var ignored = new List<ConfigError>();
        return [.. Resources.Select(resource => new MessageReader(Options, ignored).Read<T>(resource.Body))];
    }
}
