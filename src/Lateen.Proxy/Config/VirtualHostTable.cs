using Google.Protobuf;
using Lateen.Proxy.Http;
using Lateen.Proxy.Stats;
using RouteConfigurationProto = Envoy.Config.Route.V3.RouteConfiguration;
using VirtualHostProto = Envoy.Config.Route.V3.VirtualHost;

namespace Lateen.Proxy.Config;

/// <summary>
/// Virtual hosts that come one by one (VHDS), by the table that they belong to. Calls come one at a time, from
/// <see cref="ConfigurationManager"/>.
/// </summary>
internal sealed class VirtualHostTable
{
    // Table → name of the resource → the host.
    private readonly Dictionary<string, Dictionary<string, ByteString>> _hosts = [];

    /// <summary>Prefix of the statistics of a table's hosts.</summary>
    public static string StatPrefix(HttpConnectionManagerConfig hcm, string table) =>
        $"{hcm.Stats.Scope.Prefix}rds.vhds.{StatNames.Sanitize(table)}.";

    /// <summary>The table that a resource's name begins with.</summary>
    public static string TableOf(string name) => name.LastIndexOf('/') is > 0 and var slash ? name[..slash] : "";

    /// <summary>Whether any host of a table has come.</summary>
    public bool Has(string table) => _hosts.TryGetValue(table, out var hosts) && hosts.Count > 0;

    /// <summary>Takes over a host; the table is to be made anew.</summary>
    public void Set(string name, ByteString body)
    {
        var table = TableOf(name);
        if (!_hosts.TryGetValue(table, out var hosts))
        {
            _hosts.Add(table, hosts = []);
        }
        hosts[name] = body;
    }

    /// <summary>Gives a host up; false when there was none.</summary>
    public bool Remove(string name) => _hosts.TryGetValue(TableOf(name), out var hosts) && hosts.Remove(name);

    /// <summary>The table with the hosts that came for it.</summary>
    public RouteConfigurationProto Join(RouteConfigurationProto table)
    {
        if (table.Vhds is null || !_hosts.TryGetValue(table.Name, out var hosts))
        {
            return table;
        }
        var joined = table.Clone();
        foreach (var host in hosts.Values)
        {
            joined.VirtualHosts.Add(VirtualHostProto.Parser.ParseFrom(host));
        }
        return joined;
    }
}
