using Lateen.Pilot.Model;
using Lateen.Pilot.Routes;

namespace Lateen.Pilot.Listeners;

/// <summary>Which hosts a server of a gateway and the rules bound to it have in common.</summary>
internal static class GatewayHosts
{
    /// <summary>The hosts in common, of each pair the narrower one; in the order of the server's.</summary>
    internal static List<string> Common(GatewayServer server, VirtualServiceConfig config)
    {
        var common = new List<string>();
        foreach (var own in server.HostsFor(config.Namespace))
        {
            foreach (var other in config.Spec.Hosts)
            {
                var narrower = HostNames.SubsetOf(own, other) ? own : HostNames.SubsetOf(other, own) ? other : null;
                if (narrower is not null && !common.Contains(narrower))
                {
                    common.Add(narrower);
                }
            }
        }
        return common;
    }

    /// <summary>Longest first, wildcards last.</summary>
    internal static int Compare(string a, string b)
    {
        var wildcards = HostNames.IsWildcard(a).CompareTo(HostNames.IsWildcard(b));
        return wildcards != 0 ? wildcards
            : a.Length != b.Length ? b.Length.CompareTo(a.Length) : string.CompareOrdinal(a, b);
    }
}
