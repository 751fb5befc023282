using Lateen.Net.Native;

namespace Lateen.Net;

/// <content>How records come from libssl's care to <see cref="OwnsRecords"/> (decision 0470).</content>
public sealed unsafe partial class TlsSession
{
    /// <summary>What libssl tells of its secrets and records until then.</summary>
    internal TlsHandover? Handover { get; private set; }

    private void TryTakeOver()
    {
        if (Handover is not { } handover || !IsEstablished)
        {
            return;
        }

        var isTls13 = LibSsl.VersionNumber(_ssl) == LibSsl.Tls13;
        if (isTls13 && (!handover.IsReady(_context.IsServer) || LibSsl.HasPending(_ssl) != 0))
        {
            return;
        }

        Handover = null;
        if (!isTls13 || handover.KeyChanged || HasShortRecords
            || TlsRecordSuite.Find(CipherSuite) is not { } suite || handover.SecretBytes != suite.SecretBytes)
        {
            handover.Clear();
            return;
        }

        var reader = TlsRecordKey.TryMake(
            suite, handover.Secret(ofServer: !_context.IsServer), false, handover.RecordsRead);
        var writer = TlsRecordKey.TryMake(
            suite, handover.Secret(ofServer: _context.IsServer), true, handover.RecordsWritten);
        handover.Clear();
        if (reader is null || writer is null)
        {
            reader?.Dispose();
            writer?.Dispose();
            LibCrypto.ClearErrors();
            return;
        }

        (_reader, Writer) = (reader, writer);
    }

    /// <summary>The client has asked for shorter records (RFC 6066 section 4), which libssl makes.</summary>
    private bool HasShortRecords => LibSsl.SessionFragmentCode(LibSsl.GetSession(_ssl)) is >= 1 and <= 4;

    /// <summary>Gives libssl's memory back, most of what a connection with TLS costs. Not before the first read, as the
    /// owner asks for facts when the handshake is done.</summary>
    private void ReleaseLibrary()
    {
        if (_ssl == 0)
        {
            return;
        }

        _ = PeerChain;
        _facts = new Facts(
            Alpn.ToArray(), ServerName.ToArray(), CipherSuite.ToArray(), Curve, PeerSignature, IsResumed);
        FreeLibrary();
    }

    /// <summary>libssl keeps the session: there is nothing left to take over.</summary>
    private void DropHandover()
    {
        Handover?.Clear();
        Handover = null;
    }

    private void DropKeys()
    {
        DropHandover();
        _reader?.Dispose();
        Writer?.Dispose();
        (_reader, Writer) = (null, null);
        _fedLength = 0;
    }
}
