using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Lateen.Net.Native;

namespace Lateen.Net;

/// <summary>The library's error queue as text in Envoy's form.</summary>
internal static unsafe class TlsErrors
{
    private const int ErrorsMax = 8;
    private const int LibraryShift = 23;
    private const ulong ReasonMask = (1 << LibraryShift) - 1;
    private const ulong SslLibrary = 20;
    private const ulong BoringSslLibrary = 16UL << 24;
    private const ulong CertificateVerifyFailed = 134;
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

            text.Append('|').Append(CodeOf((ulong)error).ToString(CultureInfo.InvariantCulture));
            text.Append(':').Append(Marshal.PtrToStringUTF8((nint)LibCrypto.LibraryText(error)) ?? "lib");
            text.Append(":OPENSSL_internal:");
            var reason = Marshal.PtrToStringUTF8((nint)LibCrypto.ReasonText(error)) ?? "unknown";
            text.Append(reason.ToUpperInvariant().Replace(' ', '_'));
        }

        LibCrypto.ClearErrors();
        return text.Append(":TLS_error_end").ToString();
    }

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
            CertificateVerifyFailed => 125,
            WrongVersionNumber => 247,
            _ => reason,
        };
    }
}
