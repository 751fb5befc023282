using Lateen.Proxy.Addresses;

namespace Lateen.Proxy.Clusters;

/// <summary>What an endpoint says of its own health checks. Source: <c>Endpoint.HealthCheckConfig</c>.</summary>
/// <param name="Address">Where the checks go; empty: the endpoint's own address.</param>
/// <param name="Port">Replaces the port; zero: kept.</param>
/// <param name="Hostname">Host of the checks' requests; empty: the check's own.</param>
/// <param name="IsDisabled">The endpoint is not checked.</param>
internal sealed record HostHealthCheck(Address Address, int Port, string Hostname, bool IsDisabled)
{
    public static HostHealthCheck Default { get; } = new(default, 0, "", false);

    /// <summary>Where checks of a host at <paramref name="host"/> go.</summary>
    public Address AddressFor(Address host)
    {
        if (!Address.IsEmpty)
        {
            return Address;
        }
        return Port > 0 && !host.IsPipe ? new Address(host.Ip, Port) : host;
    }
}
