using System.Buffers.Binary;
using System.Net;

namespace Lateen.Local.Network;

/// <summary>
/// Addresses of the mesh, which has a network of its own: they can clash with nothing on the machine. The ranges are
/// those that many clusters use.
/// </summary>
internal static class AddressPlan
{
    public const string PodRange = "10.244.0.0/16";
    public const string ServiceRange = "10.96.0.0/16";

    /// <summary>The node itself, that is the namespace in which the mesh's bookkeeping runs.</summary>
    public const string Node = "10.244.0.1";

    /// <summary>Name server of all pods.</summary>
    public const string NameServer = "10.96.0.10";

    /// <summary>Next hop of all pods, on every link of the node.</summary>
    public const string Gateway = "169.254.1.1";

    private const uint PodBase = 0x0AF40000;
    private const uint ServiceBase = 0x0A600000;

    /// <summary>Address of the pod with a number from 2 to 65533.</summary>
    public static string Pod(int number) => Text(PodBase + (uint)number);

    /// <summary>Address of the service with a number from 16 to 65533.</summary>
    public static string Service(int number) => Text(ServiceBase + (uint)number);

    private static string Text(uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return new IPAddress(bytes).ToString();
    }
}
