using System.Text;
using Lateen.Core.Yaml;
using Lateen.Proxy.Regex;

namespace Lateen.Proxy.Admin;

/// <summary>Parts of a configuration dump: <c>resource</c> (one repeated field), <c>mask</c> (fields of the entries)
/// and <c>name_regex</c>.</summary>
internal static class ConfigDumpSelection
{
    /// <summary>Types of the entries of the repeated fields, below <c>envoy.admin.v3.</c>.</summary>
    private static readonly Dictionary<string, string> Types = new()
    {
        ["static_clusters"] = "ClustersConfigDump.StaticCluster",
        ["dynamic_active_clusters"] = "ClustersConfigDump.DynamicCluster",
        ["dynamic_warming_clusters"] = "ClustersConfigDump.DynamicCluster",
        ["static_endpoint_configs"] = "EndpointsConfigDump.StaticEndpointConfig",
        ["dynamic_endpoint_configs"] = "EndpointsConfigDump.DynamicEndpointConfig",
        ["static_listeners"] = "ListenersConfigDump.StaticListener",
        ["dynamic_listeners"] = "ListenersConfigDump.DynamicListener",
        ["static_route_configs"] = "RoutesConfigDump.StaticRouteConfig",
        ["dynamic_route_configs"] = "RoutesConfigDump.DynamicRouteConfig",
        ["inline_scoped_route_configs"] = "ScopedRoutesConfigDump.InlineScopedRouteConfigs",
        ["dynamic_scoped_route_configs"] = "ScopedRoutesConfigDump.DynamicScopedRouteConfigs",
        ["static_secrets"] = "SecretsConfigDump.StaticSecret",
        ["dynamic_active_secrets"] = "SecretsConfigDump.DynamicSecret",
        ["dynamic_warming_secrets"] = "SecretsConfigDump.DynamicSecret",
        ["ecds_filters"] = "EcdsConfigDump.EcdsFilterConfig",
    };

    /// <summary>Fields of the parts that are no lists.</summary>
    private static readonly string[] Single = ["bootstrap", "last_updated", "version_info"];

    /// <summary>Fields that hold an entry's resource, and those of its name.</summary>
    private static readonly string[] Holders =
        ["cluster", "endpoint_config", "listener", "route_config", "secret", "active_state", "ecds_filter"];

    public static AdminResponse Apply(List<YamlNode> configs, AdminRequest request)
    {
        CompiledRegex? names = null;
        if (request.Get("name_regex") is { Length: > 0 } pattern
            && !CompiledRegex.TryCreate(pattern, out names, out var error))
        {
            var reason = error.Replace("missing closing ", "missing ", StringComparison.Ordinal);
            return Refuse(400,
                $"INVALID_ARGUMENT: Error while parsing name_regex from {pattern}: {reason}: {pattern}");
        }
        if (names is not null)
        {
            configs = configs.ConvertAll<YamlNode>(config => Filter(config, names));
        }
        var mask = request.Get("mask").Split(',', StringSplitOptions.RemoveEmptyEntries)
            .Select(path => path.Split('.')).ToArray();
        var resource = request.Get("resource");
        if (resource.Length == 0)
        {
            return mask.Length == 0 ? Answer(configs) : Masked(configs, mask, request.Get("mask"));
        }
        if (Array.IndexOf(Single, resource) >= 0)
        {
            return Refuse(400,
                $"{resource} is not a repeated field. Use ?mask={resource} to get only this field");
        }
        if (!Types.TryGetValue(resource, out var type)
            || (resource is "ecds_filters" or "static_endpoint_configs"
                && !configs.Exists(config => config[resource] is not null)))
        {
            return Refuse(404, $"{resource} not found in config dump");
        }
        var entries = configs.Select(config => config[resource]).OfType<YamlSequence>()
            .SelectMany(sequence => sequence.Items).Select(entry => (YamlNode)WithType(entry, type)).ToList();
        if (mask.Length > 0 && entries.Exists(entry => mask.Any(path => !Fits(entry, path, resource))))
        {
            return Refuse(400, $"FieldMask paths: \"{request.Get("mask")}\" could not be successfully used.");
        }
        return Answer(mask.Length == 0 ? entries : entries.ConvertAll(entry => Trim(entry, mask)));
    }

    private static AdminResponse Answer(List<YamlNode> configs) => AdminResponse.Json(AdminJson.Write(
        configs.Count == 0 ? new YamlMapping() : new YamlMapping(("configs", new YamlSequence(configs)))));

    private static AdminResponse Refuse(int status, string text) =>
        new(status, "text/plain", Encoding.UTF8.GetBytes(text));

    private static YamlMapping WithType(YamlNode entry, string type) => new(
    [
        new(new YamlScalar("@type"), new YamlScalar($"type.googleapis.com/envoy.admin.v3.{type}")),
        .. ((YamlMapping)entry).Entries,
    ]);

    /// <summary>Only the parts that all paths of the mask belong to are shown. Below a list no path may go.</summary>
    private static AdminResponse Masked(List<YamlNode> configs, string[][] mask, string text)
    {
        var fitting = configs.Where(config => Array.TrueForAll(mask, path =>
            (path.Length == 1 || !Types.ContainsKey(path[0])) && FieldsOf(config).Contains(path[0]))).ToList();
        return fitting.Count == 0
            ? Refuse(400, $"FieldMask {text} could not be successfully applied to any configs.")
            : Answer(fitting.ConvertAll(config => Trim(config, mask)));
    }

    /// <summary>The fields that a part of the dump can have.</summary>
    private static IEnumerable<string> FieldsOf(YamlNode config)
    {
        var type = (config["@type"] as YamlScalar)?.Value ?? "";
        var name = type[(type.LastIndexOf('.') + 1)..];
        var lists = Types.Where(pair => pair.Value.StartsWith(name + ".", StringComparison.Ordinal))
            .Select(pair => pair.Key);
        return name switch
        {
            "BootstrapConfigDump" => ["bootstrap", "last_updated"],
            "ClustersConfigDump" or "ListenersConfigDump" => lists.Append("version_info"),
            _ => lists,
        };
    }

    /// <summary>Whether the first part of a path is a field of the entry; deeper ones may simply be unset.</summary>
    private static bool Fits(YamlNode entry, string[] path, string resource) =>
        entry[path[0]] is not null
            || (Array.IndexOf(Holders, path[0]) >= 0 && (path[0] == "active_state" || resource.Contains(
                path[0].Split('_')[0], StringComparison.Ordinal)))
            || path[0] is "name" or "last_updated"
            or "version_info" or "client_status" or "error_state" or "warming_state" or "draining_state";

    private static YamlMapping Filter(YamlNode config, CompiledRegex names) => new YamlMapping(
        [.. ((YamlMapping)config).Entries.Select(field => field.Value is YamlSequence list
            ? new KeyValuePair<YamlScalar, YamlNode>(field.Key, new YamlSequence(
                [.. list.Items.Where(entry => IsError(entry)
                    || names.IsFullMatch(Encoding.UTF8.GetBytes(NameOf(entry))))]))
            : field).Where(field => field.Value is not YamlSequence { Items.Count: 0 })]);

    /// <summary>What is wrong with an update as a whole has no name.</summary>
    private static bool IsError(YamlNode entry) => entry["name"] is null && entry["error_state"] is not null;

    private static string NameOf(YamlNode entry)
    {
        if (entry["name"] is YamlScalar name)
        {
            return name.Value;
        }
        foreach (var holder in Holders)
        {
            if (entry[holder] is { } inner)
            {
                return ((inner["name"] ?? inner["cluster_name"]) as YamlScalar)?.Value ?? "";
            }
        }
        return "";
    }

    /// <summary>Keeps what the mask names, and types.</summary>
    private static YamlNode Trim(YamlNode node, string[][] mask)
    {
        if (node is not YamlMapping mapping || Array.Exists(mask, path => path.Length == 0))
        {
            return node;
        }
        var kept = new List<KeyValuePair<YamlScalar, YamlNode>>();
        foreach (var field in mapping.Entries)
        {
            var inner = mask.Where(path => path[0] == field.Key.Value).Select(path => path[1..]).ToArray();
            if (inner.Length > 0)
            {
                kept.Add(new(field.Key, Trim(field.Value, inner)));
            }
            else if (field.Key.Value == "@type")
            {
                kept.Add(field);
            }
        }
        return new YamlMapping([.. kept]);
    }
}
