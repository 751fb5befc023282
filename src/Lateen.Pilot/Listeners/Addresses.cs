using Envoy.Config.Core.V3;
using Envoy.Config.Listener.V3;
using Lateen.Pilot.Model;

namespace Lateen.Pilot.Listeners;

/// <summary>Where listeners stand, by the address families of the proxy.</summary>
internal static class Addresses
{
    internal const string UnixPrefix = "unix://";
    internal const string AnyV4 = "0.0.0.0";
    internal const string AnyV6 = "::";

    /// <summary>The wildcard address that the proxy binds first.</summary>
    internal static string Wildcard(IpFamilies families)
    {
        return families == IpFamilies.V6 ? AnyV6 : AnyV4;
    }

    /// <summary>The loopback address that the proxy binds first.</summary>
    internal static string Loopback(IpFamilies families)
    {
        return families == IpFamilies.V6 ? "::1" : "127.0.0.1";
    }

    /// <summary>A listener's name: its first address and port.</summary>
    internal static string ListenerName(string bind, int port)
    {
        return $"{bind}_{port}";
    }

    /// <summary>Further addresses of a listener besides the first, which names it.</summary>
    internal static IEnumerable<AdditionalAddress> Additional(IEnumerable<string> binds, int port)
        => binds.Skip(1).Select(bind => new AdditionalAddress { Address = Of(bind, port) });

    /// <summary>A socket address, or a pipe for <c>unix://</c>.</summary>
    internal static Address Of(string bind, int port)
    {
        return bind.StartsWith(UnixPrefix, StringComparison.Ordinal)
            ? new Address { Pipe = new Pipe { Path = bind[UnixPrefix.Length..] } }
            : new Address { SocketAddress = new SocketAddress { Address = bind, PortValue = (uint)port } };
    }
}
