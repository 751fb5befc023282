using Lateen.Proxy.Addresses;
using Address = Lateen.Proxy.Addresses.Address;
using AddressProto = Envoy.Config.Core.V3.Address;
using CidrProto = Envoy.Config.Core.V3.CidrRange;
using CidrRange = Lateen.Proxy.Addresses.CidrRange;

namespace Lateen.Proxy.Config.Decode;

/// <summary>Addresses and ranges.</summary>
internal static class AddressDecoder
{
    /// <summary>Of <c>sockaddr_un</c>.</summary>
    private const int PipePathBytesMax = 108;

    public static Address Decode(AddressProto? address, string path, DecodeContext context)
    {
        switch (address?.AddressCase)
        {
            case AddressProto.AddressOneofCase.SocketAddress:
                var socket = address.SocketAddress;
                if (Unresolved(socket) is { } wrong)
                {
                    context.Error($"{path}.socket_address", "ADDRESS", wrong);
                    return default;
                }
                if (IpAddress.TryParse(socket.Address.AsSpan(), out var ip) && socket.PortValue <= ushort.MaxValue)
                {
                    return new Address(ip, (int)socket.PortValue);
                }
                context.Error($"{path}.socket_address.address", "ADDRESS", $"malformed IP address: {socket.Address}");
                return default;
            case AddressProto.AddressOneofCase.Pipe:
                if (address.Pipe.Mode != 0 && address.Pipe.Path.StartsWith('@'))
                {
                    context.Error($"{path}.pipe.mode", "ADDRESS", "Cannot set mode for Abstract AF_UNIX sockets");
                }
                if (address.Pipe.Path.Length >= PipePathBytesMax)
                {
                    context.Error($"{path}.pipe.path", "ADDRESS", $"Path \"{address.Pipe.Path}\" exceeds maximum UNIX"
                        + $" domain socket path size of {PipePathBytesMax}.");
                }
                return new Address(address.Pipe.Path, address.Pipe.Mode);
            case AddressProto.AddressOneofCase.EnvoyInternalAddress:
                return Address.Internal(
                    address.EnvoyInternalAddress.ServerListenerName, address.EnvoyInternalAddress.EndpointId);
            default:
                context.Error(path, "ADDRESS", "address is required");
                return default;
        }
    }

    public static CidrRange[] DecodeRanges(IEnumerable<CidrProto> ranges, string path, DecodeContext context)
    {
        var result = new List<CidrRange>();
        var index = 0;
        foreach (var range in ranges)
        {
            if (TryDecode(range, out var decoded))
            {
                result.Add(decoded);
            }
            else
            {
                context.Error($"{path}[{index}]", "CIDR",
                    $"invalid ip/mask combo '{range.AddressPrefix}/{range.PrefixLen ?? 0}'");
            }
            index++;
        }
        return [.. result];
    }

    public static CidrRange? DecodeRange(CidrProto range, string path, DecodeContext context)
    {
        if (TryDecode(range, out var decoded))
        {
            return decoded;
        }
        context.Error(path, "CIDR", $"invalid ip/mask combo '{range.AddressPrefix}/{range.PrefixLen ?? 0}'");
        return null;
    }

    /// <summary>What only a resolver could make sense of; null: nothing.</summary>
    private static string? Unresolved(Envoy.Config.Core.V3.SocketAddress socket) =>
        socket.ResolverName is not ("" or "envoy.ip") ? $"Unknown address resolver: {socket.ResolverName}"
            : socket.PortSpecifierCase == Envoy.Config.Core.V3.SocketAddress.PortSpecifierOneofCase.NamedPort
                ? "IP resolver can't handle port specifier type 4"
            : null;

    private static bool TryDecode(CidrProto range, out CidrRange decoded)
    {
        decoded = default;
        if (!IpAddress.TryParse(range.AddressPrefix.AsSpan(), out var ip))
        {
            return false;
        }
        // More bits than the address has are as good as all of them.
        decoded = new CidrRange(ip, (int)Math.Min(range.PrefixLen ?? 0, (uint)ip.BitCount));
        return true;
    }
}
