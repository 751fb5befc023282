using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Lateen.Net.Native;

namespace Lateen.Net;

/// <summary>The library's error queue as text in Envoy's form.</summary>
internal static unsafe class TlsErrors
{
    /// <summary>Reasons of libssl for what is wrong with a record.</summary>
    internal const int BadKeyUpdate = 122;
    internal const int DataLengthTooLong = 146;
    internal const int EncryptedLengthTooLong = 150;
    internal const int NotOnRecordBoundary = 182;
    internal const int UnexpectedMessage = 244;
    internal const int BadLength = 271;
    internal const int BadRecordMac = 281;
    internal const int BadRecordType = 443;

    /// <summary>With the number of an alert that has come.</summary>
    internal const int AlertBase = 1000;

    private const int ErrorsMax = 8;
    private const int LibraryShift = 23;
    private const ulong ReasonMask = (1 << LibraryShift) - 1;
    private const ulong SslLibrary = 20;
    private const ulong BoringSslLibrary = 16UL << 24;
    private const ulong NoSuitableSignature = 118;
    private const ulong CertificateVerifyFailed = 134;
    private const ulong NoSharedCipher = 193;
    private const ulong PeerWithoutCertificate = 199;
    private const ulong UnsupportedProtocol = 258;
    private const ulong WrongVersionNumber = 267;

    /// <summary>Takes the queue: <c>TLS_error:|code:library:OPENSSL_internal:REASON:TLS_error_end</c>.</summary>
    internal static string Take()
    {
        var text = new StringBuilder("TLS_error:");
        for (var i = 0; i < ErrorsMax; i++)
        {
            var error = LibCrypto.GetError();
            if (error == 0)
            {
                break;
            }

            Append(text, error);
        }

        LibCrypto.ClearErrors();
        return text.Append(":TLS_error_end").ToString();
    }

    /// <summary>One reason of libssl's, as if it had told it.</summary>
    internal static string Text(int reason)
    {
        var text = new StringBuilder("TLS_error:");
        Append(text, (nuint)((SslLibrary << LibraryShift) | (uint)reason));
        return text.Append(":TLS_error_end").ToString();
    }

    private static void Append(StringBuilder text, nuint error)
    {
        text.Append('|').Append(CodeOf(error).ToString(CultureInfo.InvariantCulture));
        text.Append(':').Append(Marshal.PtrToStringUTF8((nint)LibCrypto.LibraryText(error)) ?? "lib");
        text.Append(":OPENSSL_internal:");
        var reason = Marshal.PtrToStringUTF8((nint)LibCrypto.ReasonText(error)) ?? "unknown";
        text.Append(NameOf(reason));
    }

    /// <summary>A refusal of ours, as if the library had told it.</summary>
    internal static string Refusal { get; } = string.Create(CultureInfo.InvariantCulture,
        $"TLS_error:|{BoringSslLibrary + 125}:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED:TLS_error_end");

    private static string NameOf(string reason) => reason switch
    {
        "no suitable signature algorithm" => "NO_COMMON_SIGNATURE_ALGORITHMS",
        _ => reason.ToUpperInvariant().Replace("SSL/TLS ", "SSLV3 ", StringComparison.Ordinal).Replace(' ', '_'),
    };

    /// <summary>Errors of the protocol carry BoringSSL's numbers, as dashboards know them from Envoy.</summary>
    private static ulong CodeOf(ulong error)
    {
        if (error >> LibraryShift != SslLibrary)
        {
            return error;
        }

        var reason = error & ReasonMask;
        return BoringSslLibrary + reason switch
        {
            NoSuitableSignature => 253,
            CertificateVerifyFailed => 125,
            NoSharedCipher => 184,
            PeerWithoutCertificate => 192,
            UnsupportedProtocol => 240,
            WrongVersionNumber => 247,
            _ => reason,
        };
    }
}
