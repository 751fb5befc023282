using Address = Lateen.Proxy.Addresses.Address;
using ListenerProto = Envoy.Config.Listener.V3.Listener;

namespace Lateen.Proxy.Config.Decode;

/// <summary>What a listener that has no socket may not say.</summary>
internal static class InternalListenerCheck
{
    /// <summary>Its address, which is its name; errors go to the context.</summary>
    public static Address AddressOf(ListenerProto listener, string path, DecodeContext context)
    {
        var address = Address.Internal(listener.Name);
        if (context.Resources.InternalBufferBytesMax == 0)
        {
            context.Error(path, "LISTENER", $"error adding listener named '{listener.Name}': InternalListener bootstrap"
                + " extension is mandatory");
        }
        if (listener.Address is not null || listener.AdditionalAddresses.Count > 0)
        {
            context.Error(path, "LISTENER", $"error adding listener '{listener.Name}': address should not be used when"
                + " an internal listener config is provided");
        }
        if (listener.EnableMptcp)
        {
            context.Error(path, "LISTENER",
                $"listener {listener.Name}: enable_mptcp can only be used with IP addresses");
        }
        if (listener.EnableReusePort == true || listener.Freebind == true || listener.Transparent == true
            || listener.TcpBacklogSize is not null || listener.TcpFastOpenQueueLength is not null
            || listener.ConnectionBalanceConfig is not null)
        {
            context.Error(path, "LISTENER",
                $"error adding listener named '{listener.Name}': has unsupported tcp listener feature");
        }
        if (listener.SocketOptions.Count > 0)
        {
            context.Error(path, "LISTENER",
                $"error adding listener named '{listener.Name}': does not support socket option");
        }
        return address;
    }
}
