using Lateen.Net;
using Lateen.Proxy.Addresses;

namespace Lateen.Proxy.Runtime;

/// <summary>Between the sockets' addresses and the configuration's.</summary>
internal static class NetAddresses
{
    internal static Address ToAddress(in NetAddress address) => address.Family switch
    {
        NetFamily.IPv4 => new Address(IpAddress.FromV4((uint)address.Low), address.Port),
        NetFamily.IPv6 => new Address(IpAddress.FromV6(address.High, address.Low), address.Port),
        NetFamily.Unix => new Address(address.Path!),
        _ => default,
    };

    internal static NetAddress ToNet(Address address)
    {
        if (address.Path is not null)
        {
            return NetAddress.Unix(address.Path);
        }

        if (address.Ip.IsEmpty)
        {
            return default;
        }

        Span<byte> bytes = stackalloc byte[16];
        var length = address.Ip.WriteBytes(bytes);
        return length == 4
            ? NetAddress.V4(System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(bytes), address.Port)
            : NetAddress.V6(
                System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(bytes),
                System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]),
                address.Port);
    }
}
