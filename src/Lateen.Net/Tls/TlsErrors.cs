using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Lateen.Net.Native;

namespace Lateen.Net;

/// <summary>The library's error queue as text in Envoy's form.</summary>
internal static unsafe class TlsErrors
{
    private const int ErrorsMax = 8;

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

            text.Append('|').Append(((ulong)error).ToString(CultureInfo.InvariantCulture));
            text.Append(':').Append(Marshal.PtrToStringUTF8((nint)LibCrypto.LibraryText(error)) ?? "lib");
            text.Append(":OPENSSL_internal:");
            var reason = Marshal.PtrToStringUTF8((nint)LibCrypto.ReasonText(error)) ?? "unknown";
            text.Append(reason.ToUpperInvariant().Replace(' ', '_'));
        }

        LibCrypto.ClearErrors();
        return text.Append(":TLS_error_end").ToString();
    }
}
