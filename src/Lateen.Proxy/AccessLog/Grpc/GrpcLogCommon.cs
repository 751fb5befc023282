using System.Numerics;
using Google.Protobuf;
using Lateen.Proxy.Addresses;
using Lateen.Proxy.Exports;
using Lateen.Proxy.Formatting;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Streams;
using Lateen.Proxy.Tracing;

namespace Lateen.Proxy.AccessLog.Grpc;

/// <summary>Writes <c>data.accesslog.v3.AccessLogCommon</c>, the part that entries of HTTP and TCP share.</summary>
internal sealed class GrpcLogCommon
{
    /// <summary>Field numbers of <c>data.accesslog.v3.ResponseFlags</c> by bit; zero: the message has none.</summary>
    private static readonly byte[] FlagFields =
    [
        1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 0, 28, 0,
    ];

    public CustomTag[] CustomTags { get; init; } = [];

    /// <summary>Keys of filter state that goes into entries.</summary>
    public string[] FilterState { get; init; } = [];

    public void Write(ByteBuffer output, StreamInfo info, AccessLogType type, long unixNanos)
    {
        WriteAddress(output, 2, info.EffectiveRemoteAddress);
        WriteAddress(output, 3, info.Connection.LocalAddress);
        if (info.Connection.Tls is { } tls)
        {
            var mark = output.Open(4);
            GrpcLogTls.Write(output, tls, info.Connection.RequestedServerName);
            output.Close(mark);
        }

        var start = output.Open(5);
        output.WriteInt(1, info.StartUnixNanos / 1_000_000_000);
        output.WriteInt(2, info.StartUnixNanos % 1_000_000_000);
        output.Close(start);
        WriteTimes(output, info);
        WriteUpstream(output, info);
        if (info.ResponseFlags != ResponseFlags.None)
        {
            WriteFlags(output, info.ResponseFlags);
        }

        WriteMetadata(output, info.Metadata);
        output.WriteBytes(18, info.UpstreamTransportFailureReason);
        output.WriteText(19, info.Route?.Name);
        WriteAddress(output, 20, info.Connection.DirectRemoteAddress);
        WriteFilterState(output, info);
        WriteTags(output, info, type, unixNanos);
        WriteSpan(output, 23, info.StartNanos, info.EndNanos);
        output.WriteInt(24, info.AttemptCount);
        output.WriteBytes(25, info.Connection.TerminationDetails);
        var id = output.Open(26);
        info.WriteStreamId(output);
        output.Close(id);
        output.WriteBool(27, type is not (AccessLogType.DownstreamEnd or AccessLogType.TcpConnectionEnd
            or AccessLogType.UpstreamEnd or AccessLogType.NotSet));
        output.WriteBytes(28, info.Connection.TransportFailureReason);
        output.WriteInt(29, info.DownstreamWireBytesSent);
        output.WriteInt(30, info.DownstreamWireBytesReceived);
        output.WriteInt(31, info.UpstreamWireBytesSent);
        output.WriteInt(32, info.UpstreamWireBytesReceived);
        output.WriteInt(33, (int)type);
    }

    internal static void WriteAddress(ByteBuffer output, int field, Address address)
    {
        if (address.IsEmpty)
        {
            return;
        }

        var mark = output.Open(field);
        if (address.IsPipe)
        {
            var pipe = output.Open(2);
            output.WriteText(1, address.Path);
            output.Close(pipe);
        }
        else
        {
            var socket = output.Open(1);
            var text = output.Open(2);
            output.Advance(address.Ip.Format(output.GetSpan(IpAddress.TextBytesMax)));
            output.Close(text);
            // The port is part of a oneof: zero is written too.
            output.WriteVarint(3 << 3);
            output.WriteVarint(address.Port);
            output.Close(socket);
        }

        output.Close(mark);
    }

    private static void WriteTimes(ByteBuffer output, StreamInfo info)
    {
        WriteSpan(output, 6, info.StartNanos, info.LastDownstreamRxNanos);
        WriteSpan(output, 7, info.StartNanos, info.FirstUpstreamTxNanos);
        WriteSpan(output, 8, info.StartNanos, info.LastUpstreamTxNanos);
        WriteSpan(output, 9, info.StartNanos, info.FirstUpstreamRxNanos);
        WriteSpan(output, 10, info.StartNanos, info.LastUpstreamRxNanos);
        WriteSpan(output, 11, info.StartNanos, info.FirstDownstreamTxNanos);
        WriteSpan(output, 12, info.StartNanos, info.LastDownstreamTxNanos);
    }

    /// <summary>A <c>Duration</c>, if its end has come.</summary>
    private static void WriteSpan(ByteBuffer output, int field, long from, long to)
    {
        if (to == 0)
        {
            return;
        }

        var mark = output.Open(field);
        var nanos = Math.Max(1, to - from);
        output.WriteInt(1, nanos / 1_000_000_000);
        output.WriteInt(2, nanos % 1_000_000_000);
        output.Close(mark);
    }

    private static void WriteUpstream(ByteBuffer output, StreamInfo info)
    {
        if (info.UpstreamHost is not { } host)
        {
            return;
        }

        WriteAddress(output, 13, info.UpstreamRemoteAddress.IsEmpty ? host.Address : info.UpstreamRemoteAddress);
        WriteAddress(output, 14, info.UpstreamLocalAddress);
        output.WriteText(15, host.Cluster.Name);
    }

    private static void WriteFlags(ByteBuffer output, ResponseFlags flags)
    {
        var mark = output.Open(16);
        for (var rest = (uint)flags; rest != 0; rest &= rest - 1)
        {
            var flag = rest & ~(rest - 1);
            var field = FlagFields[BitOperations.TrailingZeroCount(rest)];
            if (flag == (uint)ResponseFlags.UnauthorizedExternalService)
            {
                var details = output.Open(13);
                output.WriteInt(1, 1);
                output.Close(details);
            }
            else if (field > 0)
            {
                output.WriteBool(field, true);
            }
        }

        output.Close(mark);
    }

    internal static void WriteMetadata(ByteBuffer output, DynamicMetadata? metadata)
    {
        if (metadata is null || (metadata.Count == 0 && metadata.Messages.Count == 0))
        {
            return;
        }

        var mark = output.Open(17);
        foreach (var filter in metadata.Namespaces)
        {
            var entry = output.Open(1);
            output.WriteText(1, filter);
            var fields = output.Open(2);
            foreach (var (key, value) in metadata.GetAll(filter))
            {
                var field = output.Open(1);
                output.WriteText(1, key);
                var inner = output.Open(2);
                WriteValue(output, value);
                output.Close(inner);
                output.Close(field);
            }

            output.Close(fields);
            output.Close(entry);
        }

        foreach (var (filter, message) in metadata.Messages)
        {
            var entry = output.Open(2);
            output.WriteText(1, filter);
            var any = output.Open(2);
            output.WriteText(1, message.TypeUrl);
            output.WriteBytes(2, message.Value.Span);
            output.Close(any);
            output.Close(entry);
        }

        output.Close(mark);
    }

    /// <summary>Fields of <c>google.protobuf.Value</c>.</summary>
    private static void WriteValue(ByteBuffer output, object value)
    {
        switch (value)
        {
            case string text:
                output.WriteBytesAlways(3, System.Text.Encoding.UTF8.GetBytes(text));
                break;
            case byte[] bytes:
                output.WriteBytesAlways(3, bytes);
                break;
            case double number:
                output.WriteDoubleAlways(2, number);
                break;
            case bool flag:
                output.WriteVarint(4 << 3);
                output.WriteVarint(flag ? 1u : 0u);
                break;
            case IMessage message:
                output.Write(message.ToByteArray());
                break;
        }
    }

    private void WriteFilterState(ByteBuffer output, StreamInfo info)
    {
        foreach (var key in FilterState)
        {
            if (info.GetFilterState(key) is not { } value)
            {
                continue;
            }

            var entry = output.Open(21);
            output.WriteText(1, key);
            var any = output.Open(2);
            output.WriteText(1, "type.googleapis.com/google.protobuf.StringValue");
            var text = output.Open(2);
            output.WriteText(1, value as string ?? value.ToString());
            output.Close(text);
            output.Close(any);
            output.Close(entry);
        }
    }

    private void WriteTags(ByteBuffer output, StreamInfo info, AccessLogType type, long unixNanos)
    {
        var context = new FormatContext(type, unixNanos);
        foreach (var tag in CustomTags)
        {
            var text = Scratch.Matched;
            if (tag.TryWrite(text, info, context))
            {
                var entry = output.Open(22);
                output.WriteBytes(1, tag.Name);
                output.WriteBytes(2, text.Written);
                output.Close(entry);
            }
        }
    }
}
