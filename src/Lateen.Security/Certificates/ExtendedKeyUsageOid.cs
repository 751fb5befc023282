namespace Lateen.Security.Certificates;

/// <summary>Object identifiers of the extended key usages of a workload (RFC 5280 section 4.2.1.12).</summary>
public static class ExtendedKeyUsageOid
{
    /// <summary>id-kp-serverAuth.</summary>
    public const string ServerAuth = "1.3.6.1.5.5.7.3.1";

    /// <summary>id-kp-clientAuth.</summary>
    public const string ClientAuth = "1.3.6.1.5.5.7.3.2";
}
