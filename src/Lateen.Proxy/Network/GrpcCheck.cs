using System.Buffers.Binary;
using System.Text;
using Lateen.Http;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.Network;

/// <summary>One unary gRPC call of a network filter to a service behind a cluster.</summary>
internal static class GrpcCheck
{
    private const int FrameHeaderBytes = 5;

    /// <summary>Starts it; <paramref name="done"/> gets the answer's message, or null when the call failed.</summary>
    internal static HttpCall Start(
        Worker worker, Cluster cluster, byte[] authority, byte[] path, byte[] message, long timeoutNanos,
        Action<byte[]?> done)
    {
        var framed = new byte[message.Length + FrameHeaderBytes];
        BinaryPrimitives.WriteInt32BigEndian(framed.AsSpan(1), message.Length);
        message.CopyTo(framed, FrameHeaderBytes);
        return HttpCall.Start(
            worker, cluster, headers => Prepare(headers, authority, path, timeoutNanos), framed, timeoutNanos,
            (call, outcome) => done(Read(call, outcome)));
    }

    private static void Prepare(HeaderMap headers, byte[] authority, byte[] path, long timeoutNanos)
    {
        headers.Add(HeaderId.Method, "POST"u8);
        headers.Add(HeaderId.Path, path);
        headers.Add(HeaderId.Authority, authority);
        headers.Add(HeaderId.Scheme, "http"u8);
        headers.Add(HeaderId.TE, "trailers"u8);
        if (timeoutNanos > 0)
        {
            headers.Add(HeaderId.GrpcTimeout, Encoding.ASCII.GetBytes($"{timeoutNanos / 1_000_000}m"));
        }

        headers.Add(HeaderId.ContentType, "application/grpc"u8);
    }

    private static byte[]? Read(HttpCall call, HttpCallOutcome outcome)
    {
        var body = call.Body;
        var status = call.ResponseTrailers.TryGet(HeaderId.GrpcStatus, out var found)
            ? found
            : call.ResponseHeaders.Get(HeaderId.GrpcStatus);
        var isGood = outcome == HttpCallOutcome.Success && call.Status == 200 && status.SequenceEqual("0"u8)
            && body.Length >= FrameHeaderBytes && body[0] == 0
            && BinaryPrimitives.ReadInt32BigEndian(body[1..]) == body.Length - FrameHeaderBytes;
        return isGood ? body[FrameHeaderBytes..].ToArray() : null;
    }
}
