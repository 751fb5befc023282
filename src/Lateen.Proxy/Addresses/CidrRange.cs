using System.Globalization;

namespace Lateen.Proxy.Addresses;

/// <summary>An address range such as <c>10.0.0.0/8</c>; host bits are cleared when it is made.</summary>
internal readonly record struct CidrRange
{
    public CidrRange(IpAddress address, int length)
    {
        Length = Math.Clamp(length, 0, address.BitCount);
        Address = address.Mask(Length);
    }

    public IpAddress Address { get; }

    public int Length { get; }

    public bool Contains(IpAddress address)
    {
        return !address.IsEmpty && address.IsV6 == Address.IsV6 && address.Mask(Length).Equals(Address);
    }

    /// <summary>Parses <c>address/length</c>.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out CidrRange range)
    {
        range = default;
        var slash = text.IndexOf('/');
        if (slash < 0 || !IpAddress.TryParse(text[..slash], out var address)
            || !int.TryParse(text[(slash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var length))
        {
            return false;
        }
        if (length > address.BitCount)
        {
            return false;
        }
        range = new CidrRange(address, length);
        return true;
    }

    public override string ToString() => $"{Address}/{Length}";
}
