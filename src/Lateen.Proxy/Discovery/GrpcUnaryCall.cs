using System.Buffers.Binary;
using System.Text;
using Lateen.Grpc;
using Lateen.Http;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.Discovery;

/// <summary>A gRPC call of the proxy itself with one message each way, for callers on other threads.</summary>
internal static class GrpcUnaryCall
{
    /// <summary>Begins a call on a worker; the task has the answer's message or a
    /// <see cref="GrpcException"/>.</summary>
    internal static Task<byte[]> Start(
        Worker worker, GrpcServiceTarget target, string path, ReadOnlyMemory<byte> message, GrpcMetadata metadata,
        TimeSpan timeout)
    {
        var done = new TaskCompletionSource<byte[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        var framed = GrpcFrameReader.Frame(message.Span);
        if (!worker.Loop.TryPost(_ => Send(), null))
        {
            done.SetException(new GrpcException(GrpcStatusCode.Unavailable, "the worker takes no more work"));
        }

        return done.Task;

        void Send()
        {
            if (target.Cluster.Current is not { } cluster)
            {
                done.SetException(
                    new GrpcException(GrpcStatusCode.Unavailable, $"there is no cluster {target.Cluster.Name}"));
                return;
            }

            HttpCall.Start(worker, cluster, Prepare, framed,
                (long)timeout.TotalMilliseconds * 1_000_000, (call, outcome) => Finish(done, call, outcome),
                tellsMachine: false);
        }

        void Prepare(HeaderMap headers)
        {
            target.With(metadata).Prepare(headers, Encoding.ASCII.GetBytes(path), 0);
            target.AddEnvoyHeaders(headers);
        }
    }

    private static void Finish(TaskCompletionSource<byte[]> done, HttpCall call, HttpCallOutcome outcome)
    {
        var status = outcome switch
        {
            HttpCallOutcome.Timeout => new GrpcStatus(GrpcStatusCode.DeadlineExceeded, "no answer in time"),
            HttpCallOutcome.Reset => new GrpcStatus(
                GrpcStatusCode.Unavailable, call.Failure is { } failure ? failure : "the connection broke"),
            _ => GrpcCalls.ReadStatus(call.ResponseTrailers) ?? GrpcCalls.ReadStatus(call.ResponseHeaders)
                ?? new GrpcStatus(GrpcCalls.CodeOf(call.Status), $"HTTP status {call.Status}"),
        };
        var body = call.Body;
        if (!status.IsOk)
        {
            done.SetException(new GrpcException(status));
        }
        else if (body.Length < GrpcFrameReader.HeaderBytes || body[0] != 0
            || BinaryPrimitives.ReadUInt32BigEndian(body[1..]) != body.Length - GrpcFrameReader.HeaderBytes)
        {
            done.SetException(new GrpcException(GrpcStatusCode.Internal, "the answer is not one message"));
        }
        else
        {
            done.SetResult(body[GrpcFrameReader.HeaderBytes..].ToArray());
        }
    }
}
