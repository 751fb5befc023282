using Lateen.Http;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Formatting;

/// <summary><c>REQUESTED_SERVER_NAME(SNI_ONLY|SNI_FIRST|HOST_FIRST[:ORIG|HOST|ORIG_OR_HOST])</c>: the name of the TLS
/// handshake or of the request. Default: of the handshake only; of the request's, the one before it was
/// rewritten.</summary>
internal static class ServerName
{
    private static readonly HeaderName _original = HeaderName.Create("x-envoy-original-host");

    public static FormatOperator? Create(string? arguments, out string error)
    {
        error = "";
        var parts = (arguments ?? "SNI_ONLY").Split(':');
        var which = parts.Length > 1 ? parts[1] : "ORIG_OR_HOST";
        if (parts[0] is not ("SNI_ONLY" or "SNI_FIRST" or "HOST_FIRST"))
        {
            error = $"Invalid REQUESTED_SERVER_NAME option: '{parts[0]}', only 'SNI_ONLY'/'SNI_FIRST'/'HOST_FIRST' "
                + "are allowed";
            return null;
        }
        if (which is not ("ORIG" or "HOST" or "ORIG_OR_HOST"))
        {
            error = $"Invalid REQUESTED_SERVER_NAME option: '{which}', only 'ORIG'/'HOST'/'ORIG_OR_HOST' are allowed";
            return null;
        }
        return parts[0] switch
        {
            "SNI_ONLY" => new FormatOperator(static (ByteBuffer output, StreamInfo info, in FormatContext _) =>
                WriteSni(output, info)),
            "SNI_FIRST" => new FormatOperator((ByteBuffer output, StreamInfo info, in FormatContext _) =>
                WriteSni(output, info) || WriteHost(output, info, which)),
            _ => new FormatOperator((ByteBuffer output, StreamInfo info, in FormatContext _) =>
                WriteHost(output, info, which) || WriteSni(output, info)),
        };
    }

    private static bool WriteSni(ByteBuffer output, StreamInfo info)
    {
        output.Write(info.Connection.RequestedServerName);
        return info.Connection.RequestedServerName.Length > 0;
    }

    private static bool WriteHost(ByteBuffer output, StreamInfo info, string which)
    {
        if (info.RequestHeaders is not { } headers)
        {
            return false;
        }
        ReadOnlySpan<byte> name = default;
        var found = (which != "HOST" && headers.TryGet(_original, out name))
            || (which != "ORIG" && headers.TryGet(HeaderId.Authority, out name));
        output.Write(name);
        return found;
    }
}
