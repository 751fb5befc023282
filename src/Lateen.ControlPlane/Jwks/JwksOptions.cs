using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Lateen.Core.Protobuf;
using Lateen.Pilot.Model;
using Lateen.Pilot.Security;

namespace Lateen.ControlPlane.Jwks;

/// <summary>How key sets are fetched; defaults are istiod's (contract 11.5).</summary>
internal sealed record JwksOptions
{
    /// <summary>More roots than the system's, where the file is there.</summary>
    private const string ExtraRootsFile = "/cacerts/extra.pem";

    // Keys that are older are dropped.
    private static readonly TimeSpan _intervalMax = TimeSpan.FromDays(7);

    /// <summary>How long fetched keys are taken for new (PILOT_JWT_PUB_KEY_REFRESH_INTERVAL). Default 20 min.</summary>
    public TimeSpan RefreshInterval { get; init; } = TimeSpan.FromMinutes(20);

    /// <summary>Who fetches key sets that are named by address (PILOT_JWT_ENABLE_REMOTE_JWKS).</summary>
    public JwksMode Mode { get; init; }

    /// <summary>Networks that no fetch may reach (BLOCKED_CIDRS_IN_JWKS_URIS), beside those that none ever
    /// may.</summary>
    public IReadOnlyList<IPNetwork> BlockedNetworks { get; init; } = [];

    /// <summary>Any certificate will do (JWKS_RESOLVER_INSECURE_SKIP_VERIFY). Default off.</summary>
    public bool SkipsVerification { get; init; }

    /// <summary>Roots that certificates may have beside the system's.</summary>
    public X509Certificate2Collection ExtraRoots { get; init; } = [];

    /// <summary>Reads istiod's switches and its file of roots.</summary>
    /// <exception cref="StartException">One of them cannot be read.</exception>
    public static JwksOptions Read(IReadOnlyDictionary<string, string> features)
    {
        return new JwksOptions
        {
            RefreshInterval = Interval(features.GetValueOrDefault("PILOT_JWT_PUB_KEY_REFRESH_INTERVAL", "")),
            Mode = new MeshOptions { Features = features }.JwksMode,
            BlockedNetworks = [.. features.GetValueOrDefault("BLOCKED_CIDRS_IN_JWKS_URIS", "")
                .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(Network)],
            SkipsVerification = bool.TryParse(
                features.GetValueOrDefault("JWKS_RESOLVER_INSECURE_SKIP_VERIFY"), out var skips) && skips,
            ExtraRoots = Roots(),
        };
    }

    private static TimeSpan Interval(string text)
    {
        if (text.Length == 0)
        {
            return new JwksOptions().RefreshInterval;
        }
        return DurationText.TryParse(text, goForm: true, out var interval) && interval.Seconds >= 1
            && interval.Seconds <= _intervalMax.TotalSeconds ? interval.ToTimeSpan()
            : throw new StartException(
                $"PILOT_JWT_PUB_KEY_REFRESH_INTERVAL={text} is no duration from 1s to 168h; write for example 20m.");
    }

    private static IPNetwork Network(string text) => IPNetwork.TryParse(text, out var network) ? network
        : throw new StartException(
            $"BLOCKED_CIDRS_IN_JWKS_URIS: '{text}' is no network; write for example 10.0.0.0/8,fd00::/8.");

    private static X509Certificate2Collection Roots()
    {
        var roots = new X509Certificate2Collection();
        if (File.Exists(ExtraRootsFile))
        {
            try
            {
                roots.ImportFromPemFile(ExtraRootsFile);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
            {
                throw new StartException($"the roots in {ExtraRootsFile} cannot be read: {e.Message}", e);
            }
        }
        return roots;
    }
}
