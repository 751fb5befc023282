using Lateen.Core.Yaml;
using Lateen.Proxy.Config;
using ListenerProto = Envoy.Config.Listener.V3.Listener;

namespace Lateen.Proxy.Admin;

/// <summary>Listeners of <c>/config_dump</c>: <c>envoy.admin.v3.ListenersConfigDump</c>.</summary>
internal static class ListenersDump
{
    private const string Type = "envoy.config.listener.v3.Listener";

    /// <summary>The lists by their field names.</summary>
    public static (string Key, YamlNode? Value)[] Write(ListenerManager listeners)
    {
        var fixedOnes = new List<YamlNode>();
        var dynamicOnes = new SortedDictionary<string, List<(string, YamlNode)>>(StringComparer.Ordinal);
        foreach (var entry in listeners.Entries.Values)
        {
            var (active, warming) = (entry.ActiveSource, entry.WarmingSource);
            if (entry.IsStatic)
            {
                if ((active ?? warming) is { } version)
                {
                    fixedOnes.Add(State(version));
                }
                continue;
            }
            if (active is not null)
            {
                Fields(dynamicOnes, entry.Name).Add(("active_state", State(active)));
            }
            if (warming is not null)
            {
                Fields(dynamicOnes, entry.Name).Add(("warming_state", State(warming)));
            }
        }
        foreach (var (listener, source) in listeners.Draining)
        {
            var fields = Fields(dynamicOnes, listener.Name);
            fields.RemoveAll(field => field.Item1 == "draining_state");
            fields.Add(("draining_state", State(source)));
        }
        foreach (var failure in listeners.Failures.Where(failure => failure.Name.Length > 0))
        {
            Fields(dynamicOnes, failure.Name).Add(("error_state", Error(failure, true)));
        }
        // As in Envoy, each error stands once more for the update as a whole.
        var all = dynamicOnes.Values.Select(fields => (YamlNode)new YamlMapping([.. fields]))
            .Concat(listeners.Failures.Select(failure =>
                (YamlNode)new YamlMapping(("error_state", Error(failure, false)))));
        return
        [
            ("static_listeners", new YamlSequence(fixedOnes)),
            ("dynamic_listeners", new YamlSequence([.. all])),
        ];
    }

    private static List<(string, YamlNode)> Fields(
        SortedDictionary<string, List<(string, YamlNode)>> all, string name)
    {
        if (!all.TryGetValue(name, out var fields))
        {
            all.Add(name, fields = [("name", new YamlScalar(name))]);
        }
        return fields;
    }

    private static YamlMapping State(ResourceVersion version) =>
        ConfigDumpPage.Versioned("listener", Type, version, ListenerProto.Parser.ParseFrom(version.Source));

    private static YamlMapping Error(ListenerFailure failure, bool withTime)
    {
        var fields = new List<(string, YamlNode)>
        {
            ("failed_configuration", AdminJson.Any(Type, ListenerProto.Parser.ParseFrom(failure.Source))),
        };
        if (withTime)
        {
            fields.Add(("last_update_attempt", AdminJson.Time(failure.At)));
        }
        fields.Add(("details", new YamlScalar(failure.Details)));
        return new YamlMapping([.. fields]);
    }
}
