using System.Buffers.Text;
using Lateen.Http;
using Lateen.Proxy.Routing;

namespace Lateen.Proxy.Runtime;

/// <summary>Status codes of gRPC, the HTTP ones that stand for them where a host's health is judged, and
/// deadlines.</summary>
internal static class GrpcCalls
{
    /// <summary>The status of a gRPC call that came with the headers, as it does where there is nothing else.</summary>
    internal static bool TryRead(HttpStream stream, bool endStream, out int status)
    {
        status = 0;
        return endStream && stream.Response.TryGet(HeaderId.GrpcStatus, out var text)
            && RouteMatcher.IsGrpc(stream.Request) && Utf8Parser.TryParse(text, out status, out var used)
            && used == text.Length;
    }

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
