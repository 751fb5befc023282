namespace Lateen.Proxy.Stats;

/// <summary>Counters of TLS on a listener or cluster, below <c>ssl.</c>.</summary>
internal enum TlsStat
{
    ConnectionError,
    FailVerifyCertHash,
    FailVerifyError,
    FailVerifyNoCert,
    FailVerifySan,
    Handshake,
    NoCertificate,
    OcspStapleFailed,
    OcspStapleOmitted,
    OcspStapleRequests,
    OcspStapleResponses,
    SessionReused,
}
