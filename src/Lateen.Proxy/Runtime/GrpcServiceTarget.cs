using System.Buffers.Binary;
using System.Buffers.Text;
using System.Text;
using Google.Protobuf;
using Lateen.Grpc;
using Lateen.Http;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Tracing;

namespace Lateen.Proxy.Runtime;

/// <summary>Where calls of a gRPC service go. Source: <c>core.v3.GrpcService.envoy_grpc</c>.</summary>
/// <param name="Cluster">The service's cluster.</param>
/// <param name="Authority">Host of the calls.</param>
/// <param name="TimeoutNanos">Time limit of a call; zero is none.</param>
/// <param name="Metadata">Headers added to each call.</param>
internal sealed record GrpcServiceTarget(
    ClusterSlot Cluster, byte[] Authority, long TimeoutNanos, (HeaderName Name, byte[] Value)[] Metadata)
{
    /// <summary>Largest message taken, in bytes.</summary>
    public int MessageBytesMax { get; init; } = GrpcStream.MessageBytesDefault;

    /// <summary>Leaves out <c>x-envoy-internal</c> and <c>x-forwarded-for</c>.</summary>
    public bool SkipsEnvoyHeaders { get; init; }

    /// <summary>The same with more metadata.</summary>
    public GrpcServiceTarget With(GrpcMetadata? metadata) => metadata is null
        ? this
        : this with
        {
            Metadata =
            [
                .. Metadata,
                .. metadata.Select(entry => (HeaderName.Create(entry.Key), Encoding.UTF8.GetBytes(entry.Value))),
            ],
        };

    /// <summary>What tells the other side that the proxy itself calls.</summary>
    public void AddEnvoyHeaders(HeaderMap headers)
    {
        if (!SkipsEnvoyHeaders)
        {
            headers.Set(HeaderId.XEnvoyInternal, "true"u8);
            MachineAddress.AppendTo(headers);
        }
    }

    /// <summary>Status of a call that got no answer.</summary>
    public const int Unavailable = 14;

    private const int FrameHeaderBytes = 5;

    /// <summary>The headers of a call, without those that every call of the proxy gets.</summary>
    public void Prepare(HeaderMap headers, ReadOnlySpan<byte> path, long timeoutNanos)
    {
        headers.Add(HeaderId.Method, "POST"u8);
        headers.Add(HeaderId.Path, path);
        headers.Add(HeaderId.Authority, Authority);
        headers.Add(HeaderId.Scheme, "http"u8);
        headers.Add(HeaderId.TE, "trailers"u8);
        if (timeoutNanos > 0)
        {
            GrpcCalls.SetTimeout(headers, timeoutNanos);
        }
        headers.Add(HeaderId.ContentType, "application/grpc"u8);
        foreach (var (name, value) in Metadata)
        {
            headers.Add(name, value);
        }
    }

    /// <summary>
    /// One request, one answer. <paramref name="done"/> gets the gRPC status and the answer's message, null when there
    /// is none; it may be called before this returns. Null: there is no such cluster.
    /// </summary>
    public HttpCall? Call(Worker worker, byte[] path, IMessage message, Action<int, byte[]?> done) =>
        Call(worker, null, path, message, (status, answer, _) => done(status, answer));

    /// <summary>The same for a request, whose trace shows the call; <paramref name="done"/> gets the call's span
    /// too.</summary>
    public HttpCall? Call(
        Worker worker, HttpStream? of, byte[] path, IMessage message, Action<int, byte[]?, CallSpan?> done)
    {
        if (Cluster.Current is not { } cluster)
        {
            return null;
        }
        return HttpCall.Start(
            worker, cluster, headers => Prepare(headers, path, TimeoutNanos), Frame(message), TimeoutNanos,
            (call, outcome) =>
            {
                var status = StatusOf(call, outcome);
                var answer = status == 0 && IsFrame(call.Body) ? call.Body[FrameHeaderBytes..].ToArray() : null;
                done(status, answer, call.Span);
                call.Span?.EndGrpc(status);
            },
            trace: new HttpCallTrace(of, IsGrpc: true));
    }

    /// <summary>A message with its five bytes in front.</summary>
    public static byte[] Frame(IMessage message)
    {
        var size = message.CalculateSize();
        var framed = new byte[size + FrameHeaderBytes];
        BinaryPrimitives.WriteInt32BigEndian(framed.AsSpan(1), size);
        message.WriteTo(framed.AsSpan(FrameHeaderBytes));
        return framed;
    }

    private static bool IsFrame(ReadOnlySpan<byte> body) =>
        body.Length >= FrameHeaderBytes && body[0] == 0
        && BinaryPrimitives.ReadInt32BigEndian(body[1..]) == body.Length - FrameHeaderBytes;

    private static int StatusOf(HttpCall call, HttpCallOutcome outcome)
    {
        if (outcome != HttpCallOutcome.Success || call.Status != 200)
        {
            return Unavailable;
        }
        var text = call.ResponseTrailers.TryGet(HeaderId.GrpcStatus, out var found)
            ? found
            : call.ResponseHeaders.Get(HeaderId.GrpcStatus);
        return Utf8Parser.TryParse(text, out int status, out _) ? status : 2;
    }
}
