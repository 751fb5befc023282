using Lateen.Security.Keys;

namespace Lateen.Agent.Secrets;

/// <summary>What the secret manager is told at its start.</summary>
public sealed record SecretOptions
{
    /// <summary>The identity that is asked for; what is given is up to the authority.</summary>
    public required string Identity { get; init; }

    /// <summary>Key of each certificate.</summary>
    public KeyOptions Key { get; init; } = new();

    /// <summary>Part of a certificate's life that is left when it is renewed; default 0.5
    /// (SECRET_GRACE_PERIOD_RATIO).</summary>
    public double GracePeriodRatio { get; init; } = 0.5;

    /// <summary>Spread of that part to both sides; default 0.01 (SECRET_GRACE_PERIOD_RATIO_JITTER).</summary>
    public double GracePeriodJitter { get; init; } = 0.01;

    /// <summary>Folder that gets every certificate issued; empty, the default, for none (OUTPUT_CERTS).</summary>
    public string OutputFolder { get; init; } = "";

    /// <summary>Chain of a mounted workload certificate; used instead of asking when all three files are
    /// there.</summary>
    public string MountedCertificate { get; init; } = "./etc/certs/cert-chain.pem";

    /// <summary>Its key.</summary>
    public string MountedKey { get; init; } = "./etc/certs/key.pem";

    /// <summary>Its roots.</summary>
    public string MountedRoots { get; init; } = "./etc/certs/root-cert.pem";

    /// <summary>Only mounted files are served, and no authority is asked (FILE_MOUNTED_CERTS).</summary>
    public bool FilesOnly { get; init; }

    /// <summary>How often files in use are looked at; default 500 ms.</summary>
    public TimeSpan FileInterval { get; init; } = TimeSpan.FromMilliseconds(500);
}
