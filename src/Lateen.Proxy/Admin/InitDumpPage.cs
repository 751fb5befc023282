using System.Globalization;
using Lateen.Core.Yaml;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Config;
using Lateen.Xds;

namespace Lateen.Proxy.Admin;

/// <summary><c>/init_dump</c>: what each listener that is not ready waits for.</summary>
internal static class InitDumpPage
{
    public static AdminResponse Write(ProxyServer server)
    {
        var dumps = new List<YamlNode>();
        lock (server.Configuration.SyncRoot)
        {
            var listeners = server.Configuration.Listeners;
            foreach (var entry in listeners.Entries.Values.Where(entry => entry.Warming is not null))
            {
                var targets = ListenerParts.GetAwaited(entry.Warming!)
                    .Select(target => (YamlNode)new YamlScalar(NameOf(target.TypeUrl, target.Name))).ToList();
                if (targets.Count > 0)
                {
                    var hash = XxHash64.Hash(entry.WarmingSource!.Source.Span).ToString(CultureInfo.InvariantCulture);
                    dumps.Add(new YamlMapping(
                        ("name", new YamlScalar(
                            $"init manager Listener-local-init-manager {entry.Name} {hash}")),
                        ("target_names", new YamlSequence(targets))));
                }
            }
        }
        return AdminResponse.Json(AdminJson.Write(dumps.Count == 0
            ? new YamlMapping()
            : new YamlMapping(("unready_targets_dumps", new YamlSequence(dumps)))));
    }

    private static string NameOf(string typeUrl, string name) => typeUrl switch
    {
        TypeUrls.RouteConfiguration => $"shared target RdsRouteConfigSubscription RDS init {name}",
        TypeUrls.ScopedRouteConfiguration => $"shared target ScopedRdsConfigSubscription {name}",
        TypeUrls.Secret => $"shared target SdsApi {name}",
        _ => $"shared target FilterConfigSubscription init {name}",
    };
}
