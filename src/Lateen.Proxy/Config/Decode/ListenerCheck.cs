using Lateen.Proxy.Addresses;
using AddressProto = Envoy.Config.Core.V3.Address;
using ListenerProto = Envoy.Config.Listener.V3.Listener;
using Protocol = Envoy.Config.Core.V3.SocketAddress.Types.Protocol;

namespace Lateen.Proxy.Config.Decode;

/// <summary>What addresses of a listener may not say.</summary>
internal static class ListenerCheck
{
    public static void Check(ListenerProto listener, string path, DecodeContext context)
    {
        if (listener.AdditionalAddresses.Any(
            additional => additional.Address?.SocketAddress?.Protocol == Protocol.Udp))
        {
            context.Error(path, "LISTENER", $"listener {listener.Name}: has different socket type. The listener only"
                + " support same socket type for all the addresses.");
        }
        if (listener.EnableMptcp
            && listener.AdditionalAddresses.Select(additional => additional.Address).Append(listener.Address)
                .Any(address => address?.Pipe is not null))
        {
            context.Error(path, "LISTENER",
                $"listener {listener.Name}: enable_mptcp can only be used with IP addresses");
        }
        if (listener.ConnectionBalanceConfig?.ExtendBalance is { } balance)
        {
            TypedConfigs.ReportUnknown(
                balance.Name, balance.TypedConfig, $"{path}.connection_balance_config.extend_balance", context);
        }
        if (listener.AdditionalAddresses.Any(additional => additional.TcpKeepalive is not null
            && !additional.TcpKeepalive.Equals(listener.TcpKeepalive)))
        {
            context.Error($"{path}.additional_addresses", "LISTENER",
                "tcp_keepalive of one address alone is not supported", "set tcp_keepalive of the listener");
        }
        CheckCompatibility(listener.Address, $"{path}.address", context);
        for (var i = 0; i < listener.AdditionalAddresses.Count; i++)
        {
            CheckCompatibility(
                listener.AdditionalAddresses[i].Address, $"{path}.additional_addresses[{i}].address", context);
        }
    }

    private static void CheckCompatibility(AddressProto? address, string path, DecodeContext context)
    {
        if (address?.SocketAddress is { Ipv4Compat: true } socket && socket.Address != "::"
            && !(System.Net.IPAddress.TryParse(socket.Address, out var ip) && ip.IsIPv4MappedToIPv6))
        {
            context.Error(path, "LISTENER", "Only IPv6 address '::' or valid IPv4-mapped IPv6 address can set"
                + $" ipv4_compat: {AddressText(socket)}");
        }
    }

    private static string AddressText(Envoy.Config.Core.V3.SocketAddress socket) =>
        IpAddress.TryParse(socket.Address.AsSpan(), out var ip) ? new Address(ip, (int)socket.PortValue).ToString()
            : socket.Address;
}
