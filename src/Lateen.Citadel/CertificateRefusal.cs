namespace Lateen.Citadel;

/// <summary>Why a certificate was refused: the gRPC code that Istio's service answers.</summary>
public enum CertificateRefusal
{
    /// <summary>UNAUTHENTICATED: nobody knows the caller, or it asks for an identity not its own.</summary>
    Unauthenticated,

    /// <summary>INVALID_ARGUMENT: the request does not parse or asks for too long a life.</summary>
    InvalidArgument,

    /// <summary>INTERNAL: the signer cannot sign.</summary>
    Internal,
}
