using Envoy.Config.Route.V3;
using Google.Protobuf;
using Lateen.Pilot.Model;

namespace Lateen.Pilot.Routes;

/// <summary>One virtual host of a route table.</summary>
/// <param name="Name">Host and port.</param>
/// <param name="Port">Port of the service.</param>
/// <param name="Service">The service that it stands for; null for a host of a rule that is none.</param>
/// <param name="Aliases">Further host names of that service.</param>
/// <param name="Domains">Its domains for clients of namespaces without services in the table.</param>
/// <param name="Routes">Its routes.</param>
internal sealed record VirtualHostEntry(
    string Name,
    int Port,
    Service? Service,
    IReadOnlyList<string> Aliases,
    IReadOnlyList<string> Domains,
    EncodedRoutes Routes)
{
    /// <summary>
    /// The field <c>virtual_hosts</c> of a route configuration, but for the routes, which follow: its tag, its length
    /// with the routes, and what stands before them.
    /// </summary>
    internal byte[] Head(IReadOnlyList<string> domains, bool attemptCount)
    {
        var host = WithoutRoutes(domains, attemptCount);
        var own = host.CalculateSize();
        var length = own + Routes.Bytes.Length;
        var bytes = new byte[CodedOutputStream.ComputeTagSize(RouteConfiguration.VirtualHostsFieldNumber)
            + CodedOutputStream.ComputeLengthSize(length) + own];
        using var output = new CodedOutputStream(bytes);
        output.WriteTag(RouteConfiguration.VirtualHostsFieldNumber, WireFormat.WireType.LengthDelimited);
        output.WriteLength(length);
        host.WriteTo(output);
        output.CheckNoSpaceLeft();
        return bytes;
    }

    /// <summary>The virtual host as a message of its own, but for the routes, which follow.</summary>
    internal byte[] HeadAlone(IReadOnlyList<string> domains, bool attemptCount) =>
        WithoutRoutes(domains, attemptCount).ToByteArray();

    private VirtualHost WithoutRoutes(IReadOnlyList<string> domains, bool attemptCount) => new()
    {
        Name = Name,
        Domains = { domains },
        IncludeRequestAttemptCount = attemptCount,
    };
}
