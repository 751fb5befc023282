using System.Security.Authentication;

namespace Lateen.Grpc.Client;

/// <summary>The status of a call whose connection or stream broke (gRPC over HTTP/2, Errors).</summary>
internal static class ConnectionStatus
{
    internal static GrpcStatus Of(Exception error)
    {
        for (var cause = error; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case HttpProtocolException protocol:
                    return new GrpcStatus(OfHttp2(protocol.ErrorCode), $"the stream was reset: {protocol.Message}");
                case AuthenticationException tls:
                    return new GrpcStatus(GrpcStatusCode.Unavailable, $"TLS failed: {tls.Message}");
                case System.Net.Sockets.SocketException socket:
                    return new GrpcStatus(GrpcStatusCode.Unavailable, $"no connection: {socket.Message}");
                default:
                    continue;
            }
        }

        return error switch
        {
            Google.Protobuf.InvalidProtocolBufferException =>
                new GrpcStatus(GrpcStatusCode.Internal, $"a message cannot be read: {error.Message}"),
            OperationCanceledException => new GrpcStatus(GrpcStatusCode.Cancelled, "the call was cancelled"),
            _ => new GrpcStatus(GrpcStatusCode.Unavailable, $"the connection broke: {error.Message}"),
        };
    }

    private static GrpcStatusCode OfHttp2(long code) => code switch
    {
        0x7 => GrpcStatusCode.Unavailable, // REFUSED_STREAM
        0x8 => GrpcStatusCode.Cancelled, // CANCEL
        0xb => GrpcStatusCode.ResourceExhausted, // ENHANCE_YOUR_CALM
        0xc => GrpcStatusCode.PermissionDenied, // INADEQUATE_SECURITY
        _ => GrpcStatusCode.Internal,
    };
}
