using Lateen.Http;
using Lateen.Proxy.Exports;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.AccessLog.Grpc;

/// <summary>Writes <c>data.accesslog.v3.HTTPAccessLogEntry</c> or <c>TCPAccessLogEntry</c>.</summary>
internal sealed class GrpcLogEntry
{
    public required bool IsTcp { get; init; }

    public HeaderName[] RequestHeaders { get; init; } = [];

    public HeaderName[] ResponseHeaders { get; init; } = [];

    public HeaderName[] ResponseTrailers { get; init; } = [];

    public required GrpcLogCommon Common { get; init; }

    public void Write(ByteBuffer output, StreamInfo info, AccessLogType type, long unixNanos)
    {
        var common = output.Open(1);
        Common.Write(output, info, type, unixNanos);
        output.Close(common);
        if (IsTcp)
        {
            var connection = output.Open(2);
            output.WriteInt(1, info.BytesReceived);
            output.WriteInt(2, info.BytesSent);
            output.Close(connection);
            return;
        }

        output.WriteInt(2, info.Protocol switch
        {
            HttpProtocol.Http10 => 1,
            HttpProtocol.Http11 => 2,
            HttpProtocol.Http2 => 3,
            _ => 0,
        });
        var request = output.Open(3);
        WriteRequest(output, info);
        output.Close(request);
        var response = output.Open(4);
        WriteResponse(output, info);
        output.Close(response);
    }

    private void WriteRequest(ByteBuffer output, StreamInfo info)
    {
        if (info.RequestHeaders is not { } headers)
        {
            return;
        }

        output.WriteInt(1, MethodOf(headers.Get(HeaderId.Method)));
        output.WriteBytes(2, headers.Get(HeaderId.Scheme));
        output.WriteBytes(3, headers.Get(HeaderId.Authority));
        output.WriteBytes(5, headers.Get(HeaderId.Path));
        output.WriteBytes(6, headers.Get(HeaderId.UserAgent));
        output.WriteBytes(7, headers.Get(HeaderId.Referer));
        output.WriteBytes(8, headers.Get(HeaderId.XForwardedFor));
        output.WriteBytes(9, headers.Get(HeaderId.XRequestId));
        output.WriteBytes(10, headers.Get(HeaderId.XEnvoyOriginalPath));
        output.WriteInt(11, headers.ByteSize);
        output.WriteInt(12, info.BytesReceived);
        WriteMap(output, 13, headers, RequestHeaders);
        output.WriteInt(14, info.UpstreamHeaderBytesSent);
        output.WriteInt(15, info.DownstreamHeaderBytesReceived);
    }

    private void WriteResponse(ByteBuffer output, StreamInfo info)
    {
        if (info.ResponseCode > 0)
        {
            var code = output.Open(1);
            output.WriteInt(1, info.ResponseCode);
            output.Close(code);
        }

        output.WriteInt(2, info.ResponseHeaders?.ByteSize ?? 0);
        output.WriteInt(3, info.BytesSent);
        WriteMap(output, 4, info.ResponseHeaders, ResponseHeaders);
        WriteMap(output, 5, info.ResponseTrailers, ResponseTrailers);
        output.WriteBytes(6, info.ResponseCodeDetails);
        output.WriteInt(7, info.UpstreamHeaderBytesReceived);
        output.WriteInt(8, info.DownstreamHeaderBytesSent);
    }

    /// <summary>Chosen headers; values of one name are joined with commas.</summary>
    private static void WriteMap(ByteBuffer output, int field, HeaderMap? headers, HeaderName[] names)
    {
        if (headers is null)
        {
            return;
        }

        foreach (var name in names)
        {
            var index = headers.IndexOf(name);
            if (index < 0)
            {
                continue;
            }

            var entry = output.Open(field);
            output.WriteBytes(1, name.Bytes);
            var value = output.Open(2);
            output.Write(headers.GetValue(index));
            while ((index = headers.IndexOf(name, index + 1)) >= 0)
            {
                output.Write((byte)',');
                output.Write(headers.GetValue(index));
            }

            output.Close(value);
            output.Close(entry);
        }
    }

    /// <summary>Source: <c>core.v3.RequestMethod</c>.</summary>
    private static int MethodOf(ReadOnlySpan<byte> method) => method switch
    {
        _ when method.SequenceEqual("GET"u8) => 1,
        _ when method.SequenceEqual("HEAD"u8) => 2,
        _ when method.SequenceEqual("POST"u8) => 3,
        _ when method.SequenceEqual("PUT"u8) => 4,
        _ when method.SequenceEqual("DELETE"u8) => 5,
        _ when method.SequenceEqual("CONNECT"u8) => 6,
        _ when method.SequenceEqual("OPTIONS"u8) => 7,
        _ when method.SequenceEqual("TRACE"u8) => 8,
        _ when method.SequenceEqual("PATCH"u8) => 9,
        _ => 0,
    };
}
