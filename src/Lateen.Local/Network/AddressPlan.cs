using System.Buffers.Binary;
using System.Globalization;
using System.Net;

namespace Lateen.Local.Network;

/// <summary>Which addresses pods, services and the node have.</summary>
internal sealed class AddressPlan
{
    /// <summary>Addresses of services of <see cref="Private"/>.</summary>
    public const string PrivateServiceRange = "10.96.0.0/16";

    /// <summary>Name server of all pods of <see cref="Private"/>.</summary>
    public const string NameServer = "10.96.0.10";

    /// <summary>Next hop of all pods of <see cref="Private"/>, on every link of the node.</summary>
    public const string Gateway = "169.254.1.1";

    private const uint PodBase = 0x0AF40000;
    private const uint ServiceBase = 0x0A600000;
    private const uint LoopbackBase = 0x7F000000;
    private const uint EgressOffset = 0x4000;
    private const uint LoopbackServices = 0x8000;

    private readonly uint _pods;
    private readonly uint _services;

    private AddressPlan(uint pods, uint services, int podLast, int serviceLast)
    {
        _pods = pods;
        _services = services;
        (PodLast, ServiceLast) = (podLast, serviceLast);
        Node = Text(pods + 1);
    }

    /// <summary>
    /// Of a mesh that has a network of its own, so that they can clash with nothing on the machine. The ranges are
    /// those that many clusters use.
    /// </summary>
    public static AddressPlan Private { get; } = new(PodBase, ServiceBase, 65533, 65533);

    /// <summary>Number of the last pod; the first is 2.</summary>
    public int PodLast { get; }

    /// <summary>Number of the last service; the first is 16.</summary>
    public int ServiceLast { get; }

    /// <summary>The node itself: where the mesh's bookkeeping runs.</summary>
    public string Node { get; }

    /// <summary>
    /// Of a mesh on the machine's own loopback, all of which (127.0.0.0/8) can be bound without any preparation: one
    /// sixteen-bit part of it, <c>127.NETWORK.0.0</c>. A quarter each for pods and for where their proxies take what
    /// they send, half for services.
    /// </summary>
    /// <param name="network">From 64 to 126.</param>
    public static AddressPlan Loopback(int network)
    {
        var first = LoopbackBase + ((uint)network << 16);
        return new AddressPlan(first, first + LoopbackServices, (int)EgressOffset - 2, (int)LoopbackServices - 2);
    }

    /// <summary>Address of the pod with a number from 2 to <see cref="PodLast"/>.</summary>
    public string Pod(int number) => Text(_pods + (uint)number);

    /// <summary>Of a pod on loopback: the address where its proxy takes what its programs send.</summary>
    public static string Egress(string pod) =>
        Text(BinaryPrimitives.ReadUInt32BigEndian(IPAddress.Parse(pod).GetAddressBytes()) + EgressOffset);

    /// <summary>Address of the service with a number from 16 to <see cref="ServiceLast"/>.</summary>
    public string Service(int number) => Text(_services + (uint)number);

    private static string Text(uint value) => string.Create(CultureInfo.InvariantCulture,
        $"{value >> 24}.{(value >> 16) & 0xFF}.{(value >> 8) & 0xFF}.{value & 0xFF}");
}
