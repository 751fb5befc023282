using System.Net.NetworkInformation;
using System.Net.Sockets;
using Lateen.Proxy.Addresses;

namespace Lateen.Proxy.Runtime;

/// <summary>The machine's first address besides loopback, read once per family.</summary>
internal static class MachineAddress
{
    private static readonly Lazy<IpAddress> V4 = new(() => Read(AddressFamily.InterNetwork));
    private static readonly Lazy<IpAddress> V6 = new(() => Read(AddressFamily.InterNetworkV6));

    /// <summary>Whether <see cref="AppendTo"/> names the machine by its address of version 6. Set before the
    /// start.</summary>
    internal static bool PrefersV6 { get; set; }

    internal static IpAddress Find(bool isV6) => (isV6 ? V6 : V4).Value;

    /// <summary>Names the machine in x-forwarded-for, for requests that the proxy makes itself.</summary>
    internal static void AppendTo(Lateen.Http.HeaderMap request)
    {
        var own = Find(PrefersV6);
        if (!own.IsEmpty)
        {
            Span<byte> text = stackalloc byte[IpAddress.TextBytesMax];
            request.Append(Lateen.Http.HeaderId.XForwardedFor, text[..own.Format(text)], ","u8);
        }
    }

    private static IpAddress Read(AddressFamily family)
    {
        foreach (var card in NetworkInterface.GetAllNetworkInterfaces())
        {
            if (card.NetworkInterfaceType == NetworkInterfaceType.Loopback)
            {
                continue;
            }

            foreach (var address in card.GetIPProperties().UnicastAddresses)
            {
                if (address.Address.AddressFamily == family && !address.Address.IsIPv6LinkLocal)
                {
                    return IpAddress.From(address.Address);
                }
            }
        }

        return default;
    }
}
