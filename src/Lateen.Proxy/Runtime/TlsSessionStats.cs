using Lateen.Net;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Runtime;

/// <summary>Counts what came of a TLS handshake, alike on both sides of the proxy.</summary>
internal static class TlsSessionStats
{
    /// <summary>The handshake is done.</summary>
    internal static void CountSuccess(StatsScope scope, int worker, TlsSession session)
    {
        scope.Add(worker, (int)TlsStat.Handshake);
        if (session.IsResumed)
        {
            scope.Add(worker, (int)TlsStat.SessionReused);
        }

        if (session.PeerCertificate is null)
        {
            scope.Add(worker, (int)TlsStat.NoCertificate);
        }

        if (session.AcceptedFailure != TlsFailureKind.None)
        {
            scope.Add(worker, (int)StatOf(session.AcceptedFailure));
        }

        if (session.WantsOcsp)
        {
            scope.Add(worker, (int)TlsStat.OcspStapleRequests);
            scope.Add(
                worker, (int)(session.Staple is null ? TlsStat.OcspStapleOmitted : TlsStat.OcspStapleResponses));
        }

        CountName(scope, worker, "ciphers.", System.Text.Encoding.ASCII.GetString(session.CipherSuite));
        CountName(scope, worker, "curves.", session.Curve);
        CountName(scope, worker, "sigalgs.", session.PeerSignature);
        CountName(scope, worker, "versions.", System.Text.Encoding.ASCII.GetString(session.Version));
    }

    /// <summary>The handshake failed.</summary>
    internal static void CountFailure(StatsScope scope, int worker, TlsSession session)
    {
        if (session.IsOcspFailed)
        {
            scope.Add(worker, (int)TlsStat.OcspStapleRequests);
            scope.Add(worker, (int)TlsStat.OcspStapleFailed);
        }

        scope.Add(worker, (int)StatOf(session.FailureKind));
    }

    private static TlsStat StatOf(TlsFailureKind kind) => kind switch
    {
        TlsFailureKind.NoCertificate => TlsStat.FailVerifyNoCert,
        TlsFailureKind.Chain => TlsStat.FailVerifyError,
        TlsFailureKind.SubjectAltName => TlsStat.FailVerifySan,
        TlsFailureKind.CertificateHash => TlsStat.FailVerifyCertHash,
        _ => TlsStat.ConnectionError,
    };

    private static void CountName(StatsScope scope, int worker, string kind, string name)
    {
        if (name.Length > 0)
        {
            scope.Add(worker, scope.GetOrAdd(kind + name));
        }
    }
}
