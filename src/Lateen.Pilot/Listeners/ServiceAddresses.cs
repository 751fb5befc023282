using Lateen.Pilot.Model;

namespace Lateen.Pilot.Listeners;

/// <summary>The addresses at which a proxy sees a service.</summary>
internal static class ServiceAddresses
{
    /// <summary>The first one; the wildcard address when it has none.</summary>
    internal static string Primary(Service service, ProxyGroup proxy)
    {
        var all = All(service, proxy);
        return all.Count > 0 ? all[0] : Unspecified(service, proxy);
    }

    /// <summary>
    /// Declared ones, for a Kubernetes Service only those of the proxy's families; else allocated ones, which the proxy
    /// knows only when it answers DNS itself.
    /// </summary>
    internal static IReadOnlyList<string> All(Service service, ProxyGroup proxy)
    {
        if (service.Addresses.Count > 0)
        {
            return service.Registry == ServiceRegistry.External
                ? service.Addresses : [.. service.Addresses.Where(address => Speaks(proxy.IpFamilies, address))];
        }
        return proxy.Settings.DnsCapture && !service.Headless
            ? [.. service.AutoAllocatedAddresses.Where(address => Speaks(proxy.IpFamilies, address))] : [];
    }

    private static string Unspecified(Service service, ProxyGroup proxy)
    {
        return service.Registry == ServiceRegistry.External ? Addresses.Wildcard(proxy.IpFamilies) : Addresses.AnyV4;
    }

    private static bool Speaks(IpFamilies families, string address)
    {
        return families.HasFlag(address.Contains(':', StringComparison.Ordinal) ? IpFamilies.V6 : IpFamilies.V4);
    }
}
