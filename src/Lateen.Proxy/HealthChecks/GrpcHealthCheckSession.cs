using System.Buffers.Binary;
using System.Buffers.Text;
using System.Text;
using Google.Protobuf;
using Lateen.Http;
using Lateen.Proxy.Clusters;

namespace Lateen.Proxy.HealthChecks;

/// <summary>Checks by <c>grpc.health.v1.Health/Check</c>.</summary>
internal sealed class GrpcHealthCheckSession(HealthChecker checker, Host host) : HttpHealthCheckSession(checker, host)
{
    private const ulong ServiceField = 10; // field 1, length-delimited
    private const ulong StatusField = 8; // field 1, varint
    private const ulong Serving = 1;

    protected override byte[] Prepare()
    {
        Request.Add(HeaderId.Method, "POST"u8);
        Request.Add(HeaderId.Path, "/grpc.health.v1.Health/Check"u8);
        Request.Add(HeaderId.Authority, Authority());
        Request.Add(HeaderId.Scheme, "http"u8);
        Request.Add(HeaderId.TE, "trailers"u8);
        Request.Add(HeaderId.ContentType, "application/grpc"u8);
        Request.Add(HeaderId.UserAgent, "Envoy/HC"u8);
        Config.RequestHeaders.Apply(Request, new Streams.StreamInfo { UpstreamHost = Host });
        var service = Encoding.UTF8.GetBytes(Config.GrpcService);
        using var message = new MemoryStream();
        using (var output = new CodedOutputStream(message, true))
        {
            if (service.Length > 0)
            {
                output.WriteUInt32((uint)ServiceField);
                output.WriteBytes(ByteString.CopyFrom(service));
            }
        }
        var framed = new byte[5 + message.Length];
        BinaryPrimitives.WriteInt32BigEndian(framed.AsSpan(1), (int)message.Length);
        message.ToArray().CopyTo(framed, 5);
        return framed;
    }

    protected override void Judge()
    {
        if (Status == 200 && ResponseHeaders.Get(HeaderId.ContentType).StartsWith("application/grpc"u8)
            && GrpcStatus() == 0 && IsServing())
        {
            OnSuccess(false);
            return;
        }
        OnFailure(HealthCheckFailure.Active, false);
    }

    private int GrpcStatus()
    {
        if (!ResponseTrailers.TryGet(HeaderId.GrpcStatus, out var text))
        {
            ResponseHeaders.TryGet(HeaderId.GrpcStatus, out text);
        }
        return Utf8Parser.TryParse(text, out int status, out var used) && used == text.Length ? status : -1;
    }

    private bool IsServing()
    {
        var answer = Answer;
        if (answer.Length < 5 || answer[0] != 0
            || BinaryPrimitives.ReadInt32BigEndian(answer[1..]) != answer.Length - 5)
        {
            return false;
        }
        try
        {
            var input = new CodedInputStream(answer[5..].ToArray());
            ulong status = 0;
            while (input.ReadTag() is var tag and not 0)
            {
                if (tag == StatusField)
                {
                    status = input.ReadUInt64();
                }
                else
                {
                    input.SkipLastField();
                }
            }
            return status == Serving;
        }
        catch (InvalidProtocolBufferException)
        {
            // Not a health answer: not serving.
            return false;
        }
    }
}
