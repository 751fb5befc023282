namespace Lateen.Pilot.Model;

/// <summary>Address families of a proxy.</summary>
[Flags]
public enum IpFamilies
{
    /// <summary>IPv4.</summary>
    V4 = 1,

    /// <summary>IPv6.</summary>
    V6 = 2,

    /// <summary>Both.</summary>
    Dual = V4 | V6,
}
