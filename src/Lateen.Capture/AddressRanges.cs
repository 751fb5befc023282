using System.Net;
using System.Net.Sockets;

namespace Lateen.Capture;

/// <summary>Address ranges of both families, or all addresses.</summary>
public sealed record AddressRanges
{
    private AddressRanges(bool isWildcard, IReadOnlyList<string> v4, IReadOnlyList<string> v6, bool hasLoopback)
    {
        IsWildcard = isWildcard;
        V4 = v4;
        V6 = v6;
        HasLoopback = hasLoopback;
    }

    /// <summary>No address.</summary>
    public static AddressRanges None { get; } = new(false, [], [], false);

    /// <summary>All addresses of both families.</summary>
    public bool IsWildcard { get; }

    /// <summary>IPv4 ranges as written.</summary>
    public IReadOnlyList<string> V4 { get; }

    /// <summary>IPv6 ranges as written.</summary>
    public IReadOnlyList<string> V6 { get; }

    /// <summary>Whether one of them begins in the loopback range.</summary>
    public bool HasLoopback { get; }

    /// <summary>Ranges of one family.</summary>
    public IReadOnlyList<string> Of(IpFamily family) => family == IpFamily.V4 ? V4 : V6;

    /// <summary>Reads <c>*</c> or a comma-separated list of CIDR ranges; false when one of them is none.</summary>
    public static bool TryParse(string text, out AddressRanges ranges, out string error)
    {
        ranges = None;
        error = "";
        if (text == "*")
        {
            ranges = new AddressRanges(true, [], [], false);
            return true;
        }

        List<string> v4 = [];
        List<string> v6 = [];
        var loopback = false;
        foreach (var part in CaptureOptionsReader.Split(text))
        {
            if (!TryParsePrefix(part, out var address))
            {
                error = $"\"{part}\" is not an address range; write it as ADDRESS/BITS, for example 10.0.0.0/8";
                return false;
            }

            (address.AddressFamily == AddressFamily.InterNetwork ? v4 : v6).Add(part);
            loopback |= IPAddress.IsLoopback(address);
        }

        ranges = new AddressRanges(false, v4, v6, loopback);
        return true;
    }

    internal static bool TryParsePrefix(string text, out IPAddress address)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        address = IPAddress.None;
        if (slash < 0 || !IPAddress.TryParse(text.AsSpan(0, slash), out var parsed)
            || !int.TryParse(text.AsSpan(slash + 1), out var bits))
        {
            return false;
        }

        address = parsed;
        return bits >= 0 && bits <= (parsed.AddressFamily == AddressFamily.InterNetwork ? 32 : 128);
    }
}
