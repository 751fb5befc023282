using Google.Protobuf.WellKnownTypes;
using Istio.Networking.V1Alpha3;
using Lateen.Core.Yaml;

namespace Lateen.Galley.Validation;

/// <summary>Rules of pools, ejection, and TLS towards upstreams.</summary>
internal static class ConnectionRules
{
    private const string PoolCode = "trafficPolicy.connectionPool";
    private const string OutlierCode = "trafficPolicy.outlierDetection";
    private const string TlsCode = "trafficPolicy.tls";

    public static void Pool(Findings findings, ConnectionPoolSettings? pool, string path)
    {
        if (pool is null)
        {
            return;
        }

        findings.Require(pool.Tcp is not null || pool.Http is not null, path, PoolCode,
            "a pool has tcp or http settings");
        if (pool.Tcp is { } tcp)
        {
            var at = NodePath.Field(path, "tcp");
            NotNegative(findings, tcp.MaxConnections, NodePath.Field(at, "maxConnections"));
            CommonRules.Duration(findings, tcp.ConnectTimeout, NodePath.Field(at, "connectTimeout"));
            CommonRules.Duration(findings, tcp.MaxConnectionDuration, NodePath.Field(at, "maxConnectionDuration"));
            CommonRules.Duration(findings, tcp.TcpKeepalive?.Time, NodePath.Field(at, "tcpKeepalive.time"));
            CommonRules.Duration(findings, tcp.TcpKeepalive?.Interval, NodePath.Field(at, "tcpKeepalive.interval"));
            if (!IsZero(tcp.IdleTimeout))
            {
                CommonRules.Duration(findings, tcp.IdleTimeout, NodePath.Field(at, "idleTimeout"));
            }
        }

        if (pool.Http is { } http)
        {
            Http(findings, http, NodePath.Field(path, "http"));
        }
    }

    public static void Outlier(Findings findings, OutlierDetection? outlier, string path)
    {
        if (outlier is null)
        {
            return;
        }

        CommonRules.Duration(findings, outlier.Interval, NodePath.Field(path, "interval"));
        CommonRules.Duration(findings, outlier.BaseEjectionTime, NodePath.Field(path, "baseEjectionTime"));
        findings.Require(outlier.SplitExternalLocalOriginErrors || (outlier.ConsecutiveLocalOriginFailures ?? 0) == 0,
            NodePath.Field(path, "consecutiveLocalOriginFailures"), OutlierCode,
            "consecutiveLocalOriginFailures has no meaning without splitExternalLocalOriginErrors",
            "Set splitExternalLocalOriginErrors: true.");
        WholePercent(findings, outlier.MaxEjectionPercent, NodePath.Field(path, "maxEjectionPercent"));
        WholePercent(findings, outlier.MinHealthPercent, NodePath.Field(path, "minHealthPercent"));
#pragma warning disable CS0612 // The old field is read to be judged.
        if (outlier.ConsecutiveErrors != 0)
#pragma warning restore CS0612
        {
            findings.Warning(NodePath.Field(path, "consecutiveErrors"), "deprecated",
                "consecutiveErrors is an old field",
                "Use consecutive5xxErrors or consecutiveGatewayErrors.");
        }

        foreach (var status in outlier.OutlierDetectionHttpErrorCodes)
        {
            findings.Require(status is >= 100 and <= 599, NodePath.Field(path, "outlierDetectionHttpErrorCodes"),
                OutlierCode, $"{status} is no HTTP status");
        }
    }

    public static void Tls(Findings findings, ClientTLSSettings? tls, string path)
    {
        if (tls is null)
        {
            return;
        }

        var files =
            tls.ClientCertificate.Length + tls.PrivateKey.Length + tls.CaCertificates.Length + tls.CaCrl.Length > 0;
        if (tls.CredentialName.Length > 0 && files)
        {
            findings.Error(NodePath.Field(path, "credentialName"), TlsCode,
                "credentialName and files of certificates exclude each other", "Keep one source of certificates.");
        }

        Credential(findings, tls, path);
        var skips = tls.InsecureSkipVerify ?? false;
        switch (tls.Mode)
        {
            case ClientTLSSettings.Types.TLSmode.Mutual when tls.CredentialName.Length == 0:
                findings.Require(tls.ClientCertificate.Length > 0, NodePath.Field(path, "clientCertificate"), TlsCode,
                    "mode MUTUAL needs a client certificate");
                findings.Require(tls.PrivateKey.Length > 0, NodePath.Field(path, "privateKey"), TlsCode,
                    "mode MUTUAL needs a private key");
                break;
            case ClientTLSSettings.Types.TLSmode.Simple when skips:
                findings.Require(tls.CaCertificates.Length + tls.CredentialName.Length + tls.SubjectAltNames.Count == 0,
                    NodePath.Field(path, "insecureSkipVerify"), TlsCode,
                    "insecureSkipVerify excludes caCertificates, credentialName and subjectAltNames");
                break;
        }

        findings.Require(!(skips && tls.Mode == ClientTLSSettings.Types.TLSmode.Mutual)
            || tls.CaCertificates.Length + tls.SubjectAltNames.Count == 0,
            NodePath.Field(path, "insecureSkipVerify"), TlsCode,
            "insecureSkipVerify excludes caCertificates and subjectAltNames");
    }

    private static void Credential(Findings findings, ClientTLSSettings tls, string path)
    {
        const string scheme = "configmap://";
        if (tls.CredentialName.StartsWith(scheme, StringComparison.Ordinal))
        {
            var parts = tls.CredentialName[scheme.Length..].Split('/');
            findings.Require(parts.Length == 2 && parts[0] == findings.Subject.Namespace,
                NodePath.Field(path, "credentialName"), TlsCode, "the ConfigMap must lie in the namespace of the rule");
        }
    }

    private static void Http(Findings findings, ConnectionPoolSettings.Types.HTTPSettings http, string path)
    {
        NotNegative(findings, http.Http1MaxPendingRequests, NodePath.Field(path, "http1MaxPendingRequests"));
        NotNegative(findings, http.Http2MaxRequests, NodePath.Field(path, "http2MaxRequests"));
        NotNegative(findings, http.MaxRequestsPerConnection, NodePath.Field(path, "maxRequestsPerConnection"));
        NotNegative(findings, http.MaxRetries, NodePath.Field(path, "maxRetries"));
        NotNegative(findings, http.MaxConcurrentStreams, NodePath.Field(path, "maxConcurrentStreams"));
        CommonRules.Duration(findings, http.IdleTimeout, NodePath.Field(path, "idleTimeout"));
        findings.Require(
            !(http.UseClientProtocol
                && http.H2UpgradePolicy == ConnectionPoolSettings.Types.HTTPSettings.Types.H2UpgradePolicy.Upgrade),
            NodePath.Field(path, "useClientProtocol"), PoolCode, "useClientProtocol excludes h2UpgradePolicy UPGRADE");
        if (http.Http2KeepAlive is { } keepalive)
        {
            var at = NodePath.Field(path, "http2KeepAlive");
            findings.Require(keepalive.Interval is not null && keepalive.Timeout is not null, at, PoolCode,
                "both interval and timeout are needed");
            CommonRules.Duration(findings, keepalive.Interval, NodePath.Field(at, "interval"));
            CommonRules.Duration(findings, keepalive.Timeout, NodePath.Field(at, "timeout"));
        }
    }

    private static bool IsZero(Duration? duration) => duration is { Seconds: 0, Nanos: 0 };

    private static void NotNegative(Findings findings, int value, string path) =>
        findings.Require(value >= 0, path, PoolCode, $"{value} is negative");

    private static void WholePercent(Findings findings, int value, string path) =>
        findings.Require(value is >= 0 and <= 100, path, "percentage", $"{value} is no percentage: 0 to 100");
}
