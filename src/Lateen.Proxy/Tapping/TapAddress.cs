using Lateen.Proxy.Addresses;

namespace Lateen.Proxy.Tapping;

/// <summary>Addresses in traces.</summary>
internal static class TapAddress
{
    /// <summary>Both ends of a connection; an end that is not known is left out.</summary>
    public static TapNode Pair(Address local, Address remote)
    {
        var node = new TapNode();
        if (!local.IsEmpty)
        {
            node.Add(1, "local_address", Of(local));
        }
        return remote.IsEmpty ? node : node.Add(2, "remote_address", Of(remote));
    }

    private static TapNode Of(Address address)
    {
        if (address.IsPipe)
        {
            return new TapNode().Add(2, "pipe", new TapNode().Add(1, "path", address.ToString())
                .Add(2, "mode", 0U));
        }
        return address.IsInternal
            ? new TapNode().Add(3, "envoy_internal_address", new TapNode()
                .Add(1, "server_listener_name", address.InternalListener)
                .Add(2, "endpoint_id", ""))
            : new TapNode().Add(1, "socket_address", new TapNode().Add(1, "protocol", TapProtocol.Tcp)
                .Add(2, "address", address.Ip.ToString()!).Add(3, "port_value", (uint)address.Port)
                .Add(5, "resolver_name", "").Add(6, "ipv4_compat", false).Add(7, "network_namespace_filepath", ""));
    }
}
