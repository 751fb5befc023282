using System.Text;
using Google.Protobuf;
using Lateen.Http;
using RpcStatus = Google.Rpc.Status;

namespace Lateen.Proxy.GrpcFilters;

/// <summary>The trailer <c>grpc-status-details-bin</c>: what a service says of a failure beside its code.</summary>
internal static class GrpcStatusDetails
{
    private static readonly HeaderName Name = HeaderName.Create("grpc-status-details-bin");

    /// <summary>Reads base64 with or without padding; null: none, or none that can be read.</summary>
    public static RpcStatus? Read(HeaderMap trailers)
    {
        if (!trailers.TryGet(Name, out var value))
        {
            return null;
        }
        var text = Encoding.ASCII.GetString(value);
        var bytes = new byte[value.Length];
        if (!Convert.TryFromBase64String(text.PadRight((text.Length + 3) / 4 * 4, '='), bytes, out var length))
        {
            return null;
        }
        try
        {
            return RpcStatus.Parser.ParseFrom(bytes.AsSpan(0, length));
        }
        catch (InvalidProtocolBufferException)
        {
            // The status and its message are told instead.
            return null;
        }
    }
}
