namespace Lateen.Citadel;

/// <summary>A certificate was refused; the message is for the caller and holds no secret.</summary>
public sealed class CertificateRefusedException(CertificateRefusal refusal, string message, Exception? inner = null)
    : Exception(message, inner)
{
    /// <summary>Which kind of refusal.</summary>
    public CertificateRefusal Refusal { get; } = refusal;
}
