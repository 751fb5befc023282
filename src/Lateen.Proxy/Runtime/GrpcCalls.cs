using System.Buffers.Text;
using System.Text;
using Lateen.Grpc;
using Lateen.Http;
using Lateen.Proxy.Routing;

namespace Lateen.Proxy.Runtime;

/// <summary>Status codes of gRPC, the HTTP ones that stand for them where a host's health is judged, and
/// deadlines.</summary>
internal static class GrpcCalls
{
    private static readonly HeaderName MessageName = HeaderName.Create("grpc-message");

    /// <summary>The status of a gRPC call that came with the headers, as it does where there is nothing else.</summary>
    internal static bool TryRead(HttpStream stream, bool endStream, out int status)
    {
        status = 0;
        return endStream && stream.Response.TryGet(HeaderId.GrpcStatus, out var text)
            && RouteMatcher.IsGrpc(stream.Request) && Utf8Parser.TryParse(text, out status, out var used)
            && used == text.Length;
    }

    /// <summary>The status and message in headers or trailers; null where there is none.</summary>
    internal static GrpcStatus? ReadStatus(HeaderMap headers)
    {
        if (!headers.TryGet(HeaderId.GrpcStatus, out var text)
            || !Utf8Parser.TryParse(text, out int code, out var used) || used != text.Length)
        {
            return null;
        }

        var message = headers.TryGet(MessageName, out var value)
            ? Uri.UnescapeDataString(Encoding.UTF8.GetString(value))
            : "";
        return new GrpcStatus(code is >= 0 and <= 16 ? (GrpcStatusCode)code : GrpcStatusCode.Unknown, message);
    }

    /// <summary>What an HTTP status without a gRPC one stands for (gRPC's http-grpc-status-mapping).</summary>
    internal static GrpcStatusCode CodeOf(int status) => status switch
    {
        400 => GrpcStatusCode.Internal,
        401 => GrpcStatusCode.Unauthenticated,
        403 => GrpcStatusCode.PermissionDenied,
        404 => GrpcStatusCode.Unimplemented,
        429 or 502 or 503 or 504 => GrpcStatusCode.Unavailable,
        _ => GrpcStatusCode.Unknown,
    };

    /// <summary>Sets grpc-timeout: at most eight digits and a unit.</summary>
    internal static void SetTimeout(HeaderMap request, long nanos)
    {
        Span<byte> text = stackalloc byte[20];
        var millis = nanos / 1_000_000;
        var (value, unit) = millis <= 99_999_999 ? (millis, (byte)'m') : (millis / 1000, (byte)'S');
        Utf8Formatter.TryFormat(value, text, out var written);
        text[written] = unit;
        request.Set(HeaderId.GrpcTimeout, text[..(written + 1)]);
    }

    internal static int HttpStatusOf(int status) => status switch
    {
        0 => 200,
        1 => 499,
        3 or 9 or 11 => 400,
        4 => 504,
        5 => 404,
        6 or 10 => 409,
        7 => 403,
        8 => 429,
        12 => 501,
        14 => 503,
        16 => 401,
        _ => 500,
    };
}
