using System.Globalization;
using System.Text;
using Lateen.Local.Cluster;

namespace Lateen.Local.Network;

/// <summary>
/// What kube-proxy does: connections to a service's address go to one of its ready endpoints, chosen evenly at random.
/// It serves whoever has no proxy; captured traffic never gets here with a service's address.
/// </summary>
internal static class ServiceRules
{
    private const string Chain = "LATEEN-SERVICES";
    private const string Hairpin = "LATEEN-HAIRPIN";

    /// <summary>Restore text, once: what leads to our chains, and a refusal for services without endpoints.</summary>
    public static string Hooks() => $"""
        *nat
        :{Chain} - [0:0]
        :{Hairpin} - [0:0]
        -A PREROUTING -j {Chain}
        -A OUTPUT -j {Chain}
        -A POSTROUTING -j {Hairpin}
        COMMIT
        *filter
        -A OUTPUT -d {AddressPlan.NameServer}/32 -j ACCEPT
        -A OUTPUT -d {AddressPlan.PrivateServiceRange} -j REJECT
        -A FORWARD -d {AddressPlan.PrivateServiceRange} -j REJECT
        COMMIT

        """;

    /// <summary>Restore text that replaces the contents of our chains at once.</summary>
    public static string Build(IEnumerable<ServiceView> services, IEnumerable<string> podAddresses)
    {
        var text = new StringBuilder("*nat\n")
            .Append(CultureInfo.InvariantCulture, $":{Chain} - [0:0]\n:{Hairpin} - [0:0]\n");
        foreach (var service in services.Where(s => s.Address is not null))
        {
            foreach (var port in service.Ports)
            {
                Append(text, service.Address!, port);
            }
        }

        foreach (var address in podAddresses)
        {
            // A pod that reaches itself through a service must see an answer from outside.
            text.Append(CultureInfo.InvariantCulture, $"-A {Hairpin} -s {address}/32 -d {address}/32 -j MASQUERADE\n");
        }

        return text.Append("COMMIT\n").ToString();
    }

    private static void Append(StringBuilder text, string address, ServicePortView port)
    {
        var protocol = port.Protocol.ToLowerInvariant();
        var ready = port.Endpoints.Where(e => e.Ready).ToList();
        for (var i = 0; i < ready.Count; i++)
        {
            var chance = 1.0 / (ready.Count - i);
            var random = chance >= 1 ? "" : string.Create(CultureInfo.InvariantCulture,
                $" -m statistic --mode random --probability {chance:F10}");
            text.Append(CultureInfo.InvariantCulture,
                $"-A {Chain} -d {address}/32 -p {protocol} --dport {port.Port}{random} -j DNAT ")
                .Append(CultureInfo.InvariantCulture, $"--to-destination {ready[i].Address}:{ready[i].Port}\n");
        }
    }
}
