using System.Globalization;
using Lateen.Core.Yaml;
using Lateen.Proxy.Routing;
using Layer = Envoy.Config.Bootstrap.V3.RuntimeLayer;

namespace Lateen.Proxy.Admin;

/// <summary><c>/runtime</c> and <c>/runtime_modify</c>: the layers' values, and those of the admin layer.</summary>
internal sealed class RuntimePage(ProxyServer server)
{
    public AdminResponse Write()
    {
        var names = Layers.Select(layer => (YamlNode)new YamlScalar(layer.Name));
        var values = server.Configuration.Runtime.Snapshot();
        var entries = RuntimeSettings.Current.Values.OrderBy(pair => pair.Key, StringComparer.Ordinal)
            .Select(pair => (pair.Key, (YamlNode)new YamlMapping(
                ("final_value", new YamlScalar(pair.Value.Text)),
                ("layer_values", new YamlSequence([.. values.Select(layer =>
                    (YamlNode)new YamlScalar(layer.TryGetValue(pair.Key, out var own) ? own.Text : ""))])))))
            .ToArray();
        return AdminResponse.Json(AdminJson.Write(new YamlMapping(
            ("layers", new YamlSequence([.. names])),
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
        var index = Layers.ToList().FindIndex(layer => layer.AdminLayer is not null);
        if (index < 0)
        {
            return AdminResponse.Text("No admin layer specified", 503);
        }
        server.Configuration.Runtime.Change(index, request.Query.Select(pair => (pair.Key, Parse(pair.Value))));
        return AdminResponse.Ok;
    }

    private IReadOnlyList<Layer> Layers => server.Bootstrap.LayeredRuntime?.Layers.ToArray() ?? [];

    private static RuntimeValue? Parse(string value)
    {
        if (value.Length == 0)
        {
            return null;
        }
        var number = value switch
        {
            "true" => 1,
            "false" => 0,
            _ => double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var parsed) ? parsed : 0,
        };
        return new RuntimeValue(value, number);
    }
}
