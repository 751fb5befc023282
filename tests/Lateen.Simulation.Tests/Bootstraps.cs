using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Envoy.Config.Bootstrap.V3;
using Envoy.Config.Core.V3;
using Envoy.Extensions.TransportSockets.Tls.V3;
using Google.Protobuf;

namespace Lateen.Simulation.Tests;

/// <summary>What a sidecar has before discovery: a bootstrap without static resources, and its secrets.</summary>
internal static class Bootstraps
{
    public static Bootstrap Discovered { get; } = new()
    {
        DynamicResources = new Bootstrap.Types.DynamicResources
        {
            AdsConfig = new ApiConfigSource { ApiType = ApiConfigSource.Types.ApiType.DeltaGrpc },
            CdsConfig = new ConfigSource { Ads = new AggregatedConfigSource() },
            LdsConfig = new ConfigSource { Ads = new AggregatedConfigSource() },
        },
    };

    /// <summary>One self-signed certificate for all; nothing here makes a handshake.</summary>
    public static (string Name, ByteString Body)[] Secrets { get; } = Make();

    private static (string Name, ByteString Body)[] Make()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=test", key, HashAlgorithmName.SHA256);
        var start = new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
        using var certificate = request.CreateSelfSigned(start, start.AddYears(50));
        var chain = new DataSource { InlineString = certificate.ExportCertificatePem() };
        Secret[] secrets =
        [
            new()
            {
                Name = "default",
                TlsCertificate = new TlsCertificate
                {
                    CertificateChain = chain,
                    PrivateKey = new DataSource { InlineString = key.ExportPkcs8PrivateKeyPem() },
                },
            },
            new() { Name = "ROOTCA", ValidationContext = new CertificateValidationContext { TrustedCa = chain } },
        ];
        return [.. secrets.Select(secret => (secret.Name, secret.ToByteString()))];
    }
}
