namespace Lateen.Agent.Secrets;

/// <summary>Names of the secrets that an agent serves.</summary>
public static class SecretNames
{
    /// <summary>The workload's certificate and key.</summary>
    public const string Workload = "default";

    /// <summary>The roots of the mesh.</summary>
    public const string Roots = "ROOTCA";

    /// <summary>Certificate and key on files: <c>file-cert:CERTIFICATE~KEY</c>.</summary>
    public const string FileCertificatePrefix = "file-cert:";

    /// <summary>Roots on a file: <c>file-root:FILE</c>; <c>file-root:system</c> for the machine's own.</summary>
    public const string FileRootPrefix = "file-root:";
}
