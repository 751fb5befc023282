namespace Lateen.Net;

/// <summary>Kind of a <see cref="NetAddress"/>.</summary>
public enum NetFamily : byte
{
    /// <summary>No address.</summary>
    None,

    /// <summary>IPv4.</summary>
    IPv4,

    /// <summary>IPv6.</summary>
    IPv6,

    /// <summary>Unix socket.</summary>
    Unix,
}
