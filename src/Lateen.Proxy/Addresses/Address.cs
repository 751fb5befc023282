using System.Globalization;
using System.Net;

namespace Lateen.Proxy.Addresses;

/// <summary>
/// Where a connection comes from or goes to: IP address and port, or (with <see cref="Path"/>) a unix socket, or an
/// internal listener, which is written as <c>envoy://LISTENER/ENDPOINT</c>. Source:
/// <c>envoy.config.core.v3.Address</c>.
/// </summary>
internal readonly struct Address : IEquatable<Address>
{
    /// <summary>Longest text of an IP address with port, with brackets for IPv6.</summary>
    public const int TextBytesMax = IpAddress.TextBytesMax + 8;

    private const string InternalPrefix = "envoy://";

    public Address(IpAddress ip, int port)
    {
        Ip = ip;
        Port = (ushort)port;
    }

    public Address(string path, uint mode = 0)
    {
        Path = path;
        PathMode = mode;
    }

    public IpAddress Ip { get; }

    public ushort Port { get; }

    /// <summary>Path of a unix socket (first character <c>@</c>: abstract); null for IP addresses.</summary>
    public string? Path { get; }

    /// <summary>Permissions of a listening unix socket; zero: what the process makes. Not part of what is
    /// compared.</summary>
    public uint PathMode { get; }

    public bool IsEmpty => Ip.IsEmpty && Path is null;

    public bool IsPipe => Path is not null;

    /// <summary>Whether this is an internal listener's.</summary>
    public bool IsInternal => Path is not null && Path.StartsWith(InternalPrefix, StringComparison.Ordinal);

    /// <summary>The listener that an internal address names.</summary>
    public string InternalListener => Path![InternalPrefix.Length..Path!.IndexOf('/', InternalPrefix.Length)];

    /// <summary>The address of an internal listener; the endpoint's id only tells hosts apart.</summary>
    public static Address Internal(string listener, string endpointId = "") =>
        new($"{InternalPrefix}{listener}/{endpointId}");

    public static Address From(IPEndPoint endPoint) => new(IpAddress.From(endPoint.Address), endPoint.Port);

    public IPEndPoint ToIPEndPoint() => new(Ip.ToIPAddress(), Port);

    /// <summary>Parses <c>1.2.3.4:80</c> or <c>[::1]:80</c>; the port is required.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out Address address)
    {
        address = default;
        var colon = text.LastIndexOf((byte)':');
        if (colon <= 0)
        {
            return false;
        }
        var ip = text[..colon];
        if (ip[0] == '[' && ip[^1] == ']')
        {
            ip = ip[1..^1];
        }
        else if (ip.Contains((byte)':'))
        {
            return false;
        }
        if (!IpAddress.TryParse(ip, out var parsed)
            || !ushort.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port))
        {
            return false;
        }
        address = new Address(parsed, port);
        return true;
    }

    /// <summary>Writes <c>1.2.3.4:80</c>, <c>[::1]:80</c> or the path; at most the room given.</summary>
    public int Format(Span<byte> destination)
    {
        if (Path is not null)
        {
            System.Text.Encoding.UTF8.TryGetBytes(Path, destination, out var length);
            return length;
        }
        if (Ip.IsEmpty)
        {
            return 0;
        }
        var at = 0;
        if (Ip.IsV6)
        {
            destination[at++] = (byte)'[';
        }
        at += Ip.Format(destination[at..]);
        if (Ip.IsV6)
        {
            destination[at++] = (byte)']';
        }
        destination[at++] = (byte)':';
        return at + DecimalText.Write(destination[at..], Port);
    }

    public bool Equals(Address other) => Port == other.Port && Ip.Equals(other.Ip) && Path == other.Path;

    public override bool Equals(object? obj) => obj is Address other && Equals(other);

    public override int GetHashCode() =>
        (Ip.GetHashCode() * 31 + Port) * 31 + (Path?.GetHashCode(StringComparison.Ordinal) ?? 0);

    public override string ToString()
    {
        return Path ?? (Ip.IsEmpty ? "" : Ip.IsV6 ? $"[{Ip}]:{Port}" : $"{Ip}:{Port}");
    }
}
