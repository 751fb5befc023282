using Envoy.Config.Core.V3;
using Envoy.Extensions.TransportSockets.Tls.V3;
using Google.Protobuf;

namespace Lateen.Agent.Secrets;

/// <summary>Secrets in the form of Envoy's API.</summary>
internal static class SecretEncoding
{
    public static Secret Encode(ServedSecret secret) => secret.IsRoots
        ? new Secret
        {
            Name = secret.Name,
            ValidationContext = new CertificateValidationContext { TrustedCa = Inline(secret.TrustedCa) },
        }
        : new Secret
        {
            Name = secret.Name,
            TlsCertificate = new TlsCertificate
            {
                CertificateChain = Inline(secret.CertificateChain),
                PrivateKey = Inline(secret.PrivateKey),
            },
        };

    private static DataSource Inline(string text) => new() { InlineBytes = ByteString.CopyFromUtf8(text) };
}
