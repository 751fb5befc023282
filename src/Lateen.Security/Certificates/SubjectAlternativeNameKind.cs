namespace Lateen.Security.Certificates;

/// <summary>Forms of a subject alternative name that a mesh uses; the value is the tag in GeneralName.</summary>
public enum SubjectAlternativeNameKind
{
    /// <summary>rfc822Name.</summary>
    Email = 1,

    /// <summary>dNSName.</summary>
    Dns = 2,

    /// <summary>uniformResourceIdentifier: SPIFFE identities.</summary>
    Uri = 6,

    /// <summary>iPAddress.</summary>
    Ip = 7,
}
