using Lateen.Proxy.Discovery;
using Lateen.Proxy.Stats;
using Lateen.Proxy.Tls;
using Lateen.Xds;

namespace Lateen.Proxy.Config;

/// <summary>What TLS contexts need by SDS.</summary>
internal static class WantedSecrets
{
    /// <summary>Adds the secrets of a TLS context.</summary>
    public static void Add(TlsContextConfig tls, List<WantedResource> wanted)
    {
        foreach (var slot in tls.Certificates)
        {
            AddOne(slot.Name, slot.Source);
        }
        AddOne(tls.Validation?.Name ?? "", tls.Validation?.Source);
        AddOne(tls.TicketKeys?.Name ?? "", tls.TicketKeys?.Source);

        void AddOne(string name, DiscoverySource? source)
        {
            if (source is not null && name.Length > 0)
            {
                wanted.Add(new WantedResource(
                    TypeUrls.Secret, name, source, $"sds.{StatNames.Sanitize(name)}."));
            }
        }
    }
}
