using Lateen.Net.Native;

namespace Lateen.Net;

/// <content>How a handshake fails: the reason as text, its kind, and the alert that the peer gets.</content>
public sealed unsafe partial class TlsSession
{
    private const int AlertRecordBytes = 7;

    /// <summary>A refusal of the peer's certificate that is told at the end of the handshake.</summary>
    internal bool HasDeferredFailure { get; private set; }

    /// <summary>TLS 1.3 allows an alert of our choice only through the ticket at the end; true: go on until
    /// then.</summary>
    internal bool TryDeferFailure(bool canDefer)
    {
        HasDeferredFailure = canDefer && LibSsl.VersionNumber(_ssl) == LibSsl.Tls13;
        return HasDeferredFailure;
    }

    internal void SetOcspFailed()
    {
        IsOcspFailed = true;
        FailureKind = TlsFailureKind.Protocol;
    }

    /// <summary>Text of the failure in Envoy's form, and its kind. The alert, if there is one to send, lies in
    /// <see cref="Wire"/> afterwards.</summary>
    internal string TakeFailure()
    {
        var text = _recordFailure ?? (HasDeferredFailure ? TlsErrors.Refusal : TlsErrors.Take());
        IsVersionChosen = !text.Contains("UNSUPPORTED_PROTOCOL", StringComparison.Ordinal)
            && !text.Contains("WRONG_VERSION_NUMBER", StringComparison.Ordinal)
            && !text.Contains("HTTP_REQUEST", StringComparison.Ordinal);
        text = Detailed(text);
        LibCrypto.ClearErrors();
        if (FailureKind == TlsFailureKind.None)
        {
            FailureKind = text.Contains("PEER_DID_NOT_RETURN_A_CERTIFICATE", StringComparison.Ordinal)
                ? TlsFailureKind.NoCertificate
                : TlsFailureKind.Protocol;
        }

        FillWire();
        if (FailureKind == TlsFailureKind.CertificateHash && !HasDeferredFailure)
        {
            SetPlainAlert(TlsContext.HashAlert);
        }
        else if (_wire.IsEmpty && text.Contains("WRONG_VERSION_NUMBER", StringComparison.Ordinal))
        {
            // protocol_version, as far as one can say it to who does not speak TLS.
            _wire.Append([0x15, 3, 1, 0, 2, 2, 70]);
        }

        return VerificationFailure is null
            ? text
            : text.Replace(":TLS_error_end", $":{VerificationFailure}:TLS_error_end", StringComparison.Ordinal);
    }

    /// <summary>What Envoy's library says beside: which of the reasons it was, and at which moment.</summary>
    private string Detailed(string text)
    {
        if (text.Contains("PEER_DID_NOT_RETURN_A_CERTIFICATE", StringComparison.Ordinal))
        {
            VerificationFailure ??= "peer did not provide required client certificate";
        }
        else if (!_context.IsServer && !IsEstablished && LibSsl.GetCipher(_ssl) == 0)
        {
            return text.Replace("SSLV3_ALERT_HANDSHAKE_FAILURE:", "SSLV3_ALERT_HANDSHAKE_FAILURE|"
                + "268435610:SSL routines:OPENSSL_internal:HANDSHAKE_FAILURE_ON_CLIENT_HELLO:",
                StringComparison.Ordinal);
        }
        else if (_context.IsServer && LacksCurve)
        {
            return text.Replace("268435640:SSL routines:OPENSSL_internal:NO_SHARED_CIPHER",
                "268435699:SSL routines:OPENSSL_internal:WRONG_CURVE", StringComparison.Ordinal);
        }

        return text;
    }

    /// <summary>Changes the alert that waits to be sent, where it is not encrypted yet (up to TLS 1.2).</summary>
    private void SetPlainAlert(byte alert)
    {
        if (_wire.Length != AlertRecordBytes)
        {
            return;
        }

        Span<byte> record = stackalloc byte[AlertRecordBytes];
        _wire.CopyTo(record);
        if (record[0] == 0x15 && record[3] == 0 && record[4] == 2)
        {
            record[6] = alert;
            _wire.Clear();
            _wire.Append(record);
        }
    }
}
