namespace Lateen.Security.Keys;

/// <summary>Kinds of private keys.</summary>
public enum KeyAlgorithm
{
    /// <summary>Elliptic curve.</summary>
    Ecdsa,

    /// <summary>RSA.</summary>
    Rsa,
}
