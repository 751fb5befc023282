namespace Lateen.Net;

/// <summary>Kinds of subject alternative names.</summary>
public enum TlsNameKind
{
    /// <summary>rfc822Name.</summary>
    Email,

    /// <summary>dNSName.</summary>
    Dns,

    /// <summary>uniformResourceIdentifier.</summary>
    Uri,

    /// <summary>iPAddress.</summary>
    Ip,

    /// <summary>otherName, told apart by its object identifier.</summary>
    Other,
}
