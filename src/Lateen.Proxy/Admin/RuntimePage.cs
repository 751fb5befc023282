using Lateen.Core.Yaml;
using Lateen.Proxy.Config;
using Lateen.Proxy.Routing;

namespace Lateen.Proxy.Admin;

/// <summary><c>/runtime</c> and <c>/runtime_modify</c>: the layers' values, and those of the admin layer.</summary>
internal sealed class RuntimePage(ProxyServer server)
{
    public AdminResponse Write()
    {
        var layers = server.Configuration.Runtime.Snapshot();
        var entries = RuntimeSettings.Current.Values.OrderBy(pair => pair.Key, StringComparer.Ordinal)
            .Select(pair => (pair.Key, (YamlNode)new YamlMapping(
                ("final_value", new YamlScalar(pair.Value.Text)),
                ("layer_values", new YamlSequence([.. layers.Select(layer =>
                    (YamlNode)new YamlScalar(layer.Values.TryGetValue(pair.Key, out var own) ? own.Text : ""))])))))
            .ToArray();
        return AdminResponse.Json(AdminJson.Write(new YamlMapping(
            ("layers", new YamlSequence([.. layers.Select(layer => (YamlNode)new YamlScalar(layer.Name))])),
            ("entries", new YamlMapping(entries)))));
    }

    public AdminResponse Modify(AdminRequest request)
    {
        if (request.Query.Count == 0)
        {
            return AdminResponse.Text(
                "usage: /runtime_modify?key1=value1&key2=value2&keyN=valueN\n"
                + "       or send the parameters as form values\nuse an empty value to remove a previously added "
                + "override", 400);
        }
        if (!server.Configuration.Runtime.HasAdmin)
        {
            return AdminResponse.Text("No admin layer specified", 503);
        }
        server.Configuration.Runtime.Change(
            request.Query.DistinctBy(pair => pair.Key).Select(pair => (pair.Key, Parse(pair.Value))));
        return AdminResponse.Ok;
    }

    private static RuntimeValue? Parse(string value)
    {
        return value.Length == 0 ? null : RuntimeText.Read(value);
    }
}
