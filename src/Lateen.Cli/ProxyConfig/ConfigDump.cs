using System.Text.Json;
using System.Text.Json.Nodes;

namespace Lateen.Cli.ProxyConfig;

/// <summary>The page <c>/config_dump</c> of a proxy's admin endpoint, by sections.</summary>
internal sealed class ConfigDump
{
    private const string Prefix = "type.googleapis.com/envoy.admin.v3.";
    private readonly List<JsonNode> _sections;

    private ConfigDump(List<JsonNode> sections) => _sections = sections;

    internal static ConfigDump Parse(string json)
    {
        var sections = ParseJson(json).List("configs").ToList();
        return sections.Count == 0
            ? throw new DumpException("the input has no configs; is it the page /config_dump of a proxy's admin port?")
            : new ConfigDump(sections);
    }

    internal static JsonNode ParseJson(string json)
    {
        try
        {
            return JsonNode.Parse(json) ?? throw new DumpException("the input is empty");
        }
        catch (JsonException e)
        {
            throw new DumpException($"the input is not JSON: {e.Message}");
        }
    }

    /// <summary>A section such as <c>ListenersConfigDump</c>; null where the dump has none.</summary>
    internal JsonNode? Find(string name) => _sections.Find(section => section.Text("@type") == Prefix + name);

    /// <summary>A section that must be there.</summary>
    internal JsonNode Get(string name) => Find(name)
        ?? throw new DumpException($"the dump has no {name}; some proxies leave empty sections out");

    /// <summary>The resources in lists of a section, in order, each reached through the fields given.</summary>
    internal List<JsonNode> GetResources(string section, params (string List, string[] Path)[] sources)
    {
        var resources = new List<JsonNode>();
        var dump = Get(section);
        foreach (var (list, path) in sources)
        {
            foreach (var item in dump.List(list))
            {
                if (path.Aggregate((JsonNode?)item, (node, field) => node.Field(field)) is { } resource)
                {
                    resources.Add(resource);
                }
            }
        }

        return resources.Count == 0 ? throw new DumpException($"the dump's {section} is empty") : resources;
    }
}
