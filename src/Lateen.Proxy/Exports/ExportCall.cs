using System.Buffers.Binary;
using System.Buffers.Text;
using Lateen.Http;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.Exports;

/// <summary>One request with telemetry and what came of it.</summary>
internal static class ExportCall
{
    private const int GrpcPrefixBytes = 5;

    /// <summary>
    /// Sends a message; <paramref name="done"/> gets the HTTP status (0 without an answer) and whether the receiver
    /// took it. It may be called before this returns. Thread: the worker itself.
    /// </summary>
    public static void Send(Worker worker, ExportTarget target, ReadOnlySpan<byte> message, Action<int, bool> done)
    {
        if (target.Cluster.Current is not { } cluster)
        {
            done(0, false);
            return;
        }

        if (!target.IsGrpc)
        {
            HttpCall.Start(
                worker, cluster, target.Prepare, message, target.TimeoutNanos,
                (call, outcome) => done(
                    call.Status, outcome == HttpCallOutcome.Success && call.Status is >= 200 and < 300));
            return;
        }

        var framed = new byte[message.Length + GrpcPrefixBytes];
        BinaryPrimitives.WriteInt32BigEndian(framed.AsSpan(1), message.Length);
        message.CopyTo(framed.AsSpan(GrpcPrefixBytes));
        HttpCall.Start(
            worker, cluster, target.Prepare, framed, target.TimeoutNanos,
            (call, outcome) => done(
                call.Status, outcome == HttpCallOutcome.Success && call.Status == 200 && GrpcStatusOf(call) == 0),
            tellsTimeout: false);
    }

    private static int GrpcStatusOf(HttpCall call)
    {
        var text = call.ResponseTrailers.TryGet(HeaderId.GrpcStatus, out var found)
            ? found
            : call.ResponseHeaders.Get(HeaderId.GrpcStatus);
        return Utf8Parser.TryParse(text, out int status, out var used) && used == text.Length ? status : -1;
    }
}
