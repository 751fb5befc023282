using System.Buffers.Text;
using Lateen.Http;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Streams;
using static Lateen.Proxy.Formatting.ConnectionOperators;

namespace Lateen.Proxy.Formatting;

/// <summary>Facts of the request and its response.</summary>
internal static class StreamOperators
{
    /// <summary>Name of this machine, for HOSTNAME; set by the composition root.</summary>
    public static string HostName { get; set; } = "";

    /// <summary>Reads the environment for ENVIRONMENT; set by the composition root.</summary>
    public static Func<string, string?> Environment { get; set; } = static _ => null;

    public static void AddTo(Action<string, FormatOperator> add, Action<string, OperatorBuilder> addWithArguments)
    {
        add("PROTOCOL", Bytes(static info => NameOf(info.Protocol)));
        add("UPSTREAM_PROTOCOL", Bytes(static info => NameOf(info.UpstreamProtocol)));
        add("RESPONSE_CODE", Number(static info => info.ResponseCode));
        addWithArguments("RESPONSE_CODE_DETAILS", ResponseCodeDetails);
        add("RESPONSE_FLAGS", Flags(false));
        add("RESPONSE_FLAGS_LONG", Flags(true));
        add("BYTES_RECEIVED", Number(static info => info.BytesReceived));
        add("BYTES_SENT", Number(static info => info.BytesSent));
        add("DOWNSTREAM_WIRE_BYTES_RECEIVED", Number(static info => info.DownstreamWireBytesReceived));
        add("DOWNSTREAM_WIRE_BYTES_SENT", Number(static info => info.DownstreamWireBytesSent));
        add("UPSTREAM_WIRE_BYTES_RECEIVED", Number(static info => info.UpstreamWireBytesReceived));
        add("UPSTREAM_WIRE_BYTES_SENT", Number(static info => info.UpstreamWireBytesSent));
        add("REQUEST_HEADERS_BYTES", Number(static info => info.RequestHeaders?.ByteSize ?? 0));
        add("RESPONSE_HEADERS_BYTES", Number(static info => info.ResponseHeaders?.ByteSize ?? 0));
        add("RESPONSE_TRAILERS_BYTES", Number(static info => info.ResponseTrailers?.ByteSize ?? 0));
        add("DOWNSTREAM_HEADER_BYTES_RECEIVED", Number(static info => info.DownstreamHeaderBytesReceived));
        add("DOWNSTREAM_HEADER_BYTES_SENT", Number(static info => info.DownstreamHeaderBytesSent));
        add("UPSTREAM_HEADER_BYTES_RECEIVED", Number(static info => info.UpstreamHeaderBytesReceived));
        add("UPSTREAM_HEADER_BYTES_SENT", Number(static info => info.UpstreamHeaderBytesSent));
        AddCloseFacts(add, addWithArguments);
        add("BYTES_RETRANSMITTED", Number(static _ => 0));
        add("PACKETS_RETRANSMITTED", Number(static _ => 0));
        add("UPSTREAM_REQUEST_ATTEMPT_COUNT", Number(static info => info.AttemptCount));
        add("ROUTE_NAME", Text(static info => info.Route?.Name));
        add("VIRTUAL_CLUSTER_NAME",
            Text(static info => info.VirtualCluster is { IsCatchAll: false } found ? found.Name : null));
        add("UPSTREAM_CLUSTER",
            Text(static info => info.UpstreamCluster?.ObservabilityName ?? info.UpstreamClusterName));
        add("UPSTREAM_CLUSTER_RAW", Text(static info => info.UpstreamCluster?.Name ?? info.UpstreamClusterName));
        AddIds(add);
        add("HOSTNAME", Text(static _ => HostName));
        add("TRACE_ID", new FormatOperator(static (ByteBuffer output, StreamInfo info, in FormatContext _) =>
        {
            info.Span?.WriteTraceId(output);
            return info.Span is not null;
        }));
        add("SPAN_ID", new FormatOperator(static (ByteBuffer output, StreamInfo info, in FormatContext _) =>
        {
            info.Span?.WriteSpanId(output);
            return info.Span is not null;
        }));
        // No filter of ours sets flags of its own; the text is then empty, not missing.
        add("CUSTOM_FLAGS", new FormatOperator(static (ByteBuffer _, StreamInfo _, in FormatContext _) => true));
        add("ACCESS_LOG_TYPE", new FormatOperator(static (ByteBuffer output, StreamInfo _, in FormatContext context) =>
        {
            output.Write(context.LogType.ToString());
            return true;
        }));
        add("LOCAL_REPLY_BODY", new FormatOperator(static (ByteBuffer output, StreamInfo _, in FormatContext context) =>
        {
            output.Write(context.LocalReplyBody.Span);
            return true;
        }));
        addWithArguments("GRPC_STATUS", GrpcStatus);
        add("GRPC_STATUS_NUMBER", Number(static info => GrpcStatusOf(info)));
        addWithArguments("ENVIRONMENT", EnvironmentOf);
    }

    private static void AddCloseFacts(
        Action<string, FormatOperator> add, Action<string, OperatorBuilder> addWithArguments)
    {
        Decompressed("DOWNSTREAM_DECOMPRESSED_HEADER_BYTES_RECEIVED", static info => info.Protocol == HttpProtocol.Http2
            ? info.DownstreamDecompressedReceived
            : info.DownstreamHeaderBytesReceived);
        Decompressed("DOWNSTREAM_DECOMPRESSED_HEADER_BYTES_SENT", static info => info.Protocol == HttpProtocol.Http2
            ? info.DownstreamDecompressedSent
            : info.DownstreamHeaderBytesSent);
        Decompressed("UPSTREAM_DECOMPRESSED_HEADER_BYTES_RECEIVED", static info =>
            info.UpstreamProtocol == HttpProtocol.Http2
                ? info.UpstreamDecompressedReceived
                : info.UpstreamHeaderBytesReceived);
        Decompressed("UPSTREAM_DECOMPRESSED_HEADER_BYTES_SENT", static info =>
            info.UpstreamProtocol == HttpProtocol.Http2 ? info.UpstreamDecompressedSent : info.UpstreamHeaderBytesSent);
        add("DOWNSTREAM_DETECTED_CLOSE_TYPE", Text(static info => NameOf(info.DownstreamCloseType)));
        add("UPSTREAM_DETECTED_CLOSE_TYPE", Text(static info => info.AttemptCount > 0 || info.UpstreamHost is not null
            ? NameOf(info.UpstreamCloseType)
            : null));
        add("DOWNSTREAM_LOCAL_CLOSE_REASON", Text(static info => info.DownstreamCloseReason));
        add("UPSTREAM_LOCAL_CLOSE_REASON", Text(static info => info.UpstreamCloseReason));

        // Counting costs something on every stream, so it begins where a format asks for it.
        void Decompressed(string name, Func<StreamInfo, long> read)
        {
            var counted = Number(read);
            addWithArguments(name, (string? arguments, out string error) =>
            {
                error = arguments is null ? "" : $"{name} does not take any parameters or length";
                StreamInfo.CountsDecompressed = true;
                return arguments is null ? counted : null;
            });
        }
    }

    private static string NameOf(DetectedCloseType type) => type switch
    {
        DetectedCloseType.LocalReset => "LocalReset",
        DetectedCloseType.RemoteReset => "RemoteReset",
        _ => "Normal",
    };

    /// <summary>Ids that are made for the stream or for the entry.</summary>
    private static void AddIds(Action<string, FormatOperator> add)
    {
        add("STREAM_ID", new FormatOperator(static (ByteBuffer output, StreamInfo info, in FormatContext _) =>
        {
            info.WriteStreamId(output);
            return true;
        }));
        add("UNIQUE_ID", new FormatOperator(static (ByteBuffer output, StreamInfo _, in FormatContext _) =>
        {
            Span<byte> random = stackalloc byte[16];
            System.Security.Cryptography.RandomNumberGenerator.Fill(random);
            Runtime.RequestIds.Write(
                BitConverter.ToUInt64(random), BitConverter.ToUInt64(random[8..]),
                output.GetSpan(Runtime.RequestIds.Length));
            output.Advance(Runtime.RequestIds.Length);
            return true;
        }));
    }

    /// <summary>Envoy's name of a protocol; null when it is none.</summary>
    public static byte[]? NameOf(HttpProtocol protocol) => protocol switch
    {
        HttpProtocol.Http10 => Http10,
        HttpProtocol.Http11 => Http11,
        HttpProtocol.Http2 => Http2,
        _ => null,
    };

    /// <summary>The gRPC status of a gRPC request's response; -1 when it is none.</summary>
    public static long GrpcStatusOf(StreamInfo info) =>
        info.RequestHeaders is null || !RouteMatcher.IsGrpc(info.RequestHeaders) ? -1 : AnyGrpcStatusOf(info);

    /// <summary>The gRPC status that a response tells or stands for, be the request gRPC or not.</summary>
    public static long AnyGrpcStatusOf(StreamInfo info)
    {
        ReadOnlySpan<byte> text = default;
        if ((info.ResponseTrailers?.TryGet(HeaderId.GrpcStatus, out text) ?? false)
            || (info.ResponseHeaders?.TryGet(HeaderId.GrpcStatus, out text) ?? false))
        {
            return Utf8Parser.TryParse(text, out int status, out var used) && used == text.Length ? status : -1;
        }
        return info.ResponseCode switch
        {
            0 => -1,
            400 => 13,
            401 => 16,
            403 => 7,
            404 => 12,
            429 or 502 or 503 or 504 => 14,
            _ => 2,
        };
    }

    private static readonly byte[] Http10 = "HTTP/1.0"u8.ToArray();
    private static readonly byte[] Http11 = "HTTP/1.1"u8.ToArray();
    private static readonly byte[] Http2 = "HTTP/2"u8.ToArray();

    private static readonly string[] GrpcNames =
    [
        "OK", "Canceled", "Unknown", "InvalidArgument", "DeadlineExceeded", "NotFound", "AlreadyExists",
            "PermissionDenied",
        "ResourceExhausted", "FailedPrecondition", "Aborted", "OutOfRange", "Unimplemented", "Internal", "Unavailable",
        "DataLoss", "Unauthenticated",
    ];

    private static readonly string[] GrpcSnakeNames =
    [
        "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
        "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED",
        "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
    ];

    private static FormatOperator Flags(bool longNames) =>
        new((ByteBuffer output, StreamInfo info, in FormatContext _) =>
        {
            output.Advance(ResponseFlagNames.Format(
                info.ResponseFlags, longNames, output.GetSpan(ResponseFlagNames.TextBytesMax)));
            return true;
        });

    private static FormatOperator ResponseCodeDetails(string? arguments, out string error)
    {
        error = "";
        return new FormatOperator(static (ByteBuffer output, StreamInfo info, in FormatContext _) =>
        {
            var details = info.ResponseCodeDetails;
            output.Write(details);
            return details.Length > 0 || ReferenceEquals(details, Runtime.ResponseDetails.Blank);
        });
    }

    private static FormatOperator? GrpcStatus(string? arguments, out string error)
    {
        error = arguments is null or "CAMEL_STRING" or "SNAKE_STRING" or "NUMBER"
            ? ""
            : "GrpcStatusFormatter only supports CAMEL_STRING, SNAKE_STRING or NUMBER.";
        if (error.Length > 0)
        {
            return null;
        }
        if (arguments == "NUMBER")
        {
            return Number(static info => GrpcStatusOf(info));
        }
        var names = arguments == "SNAKE_STRING" ? GrpcSnakeNames : GrpcNames;
        return new FormatOperator((ByteBuffer output, StreamInfo info, in FormatContext _) =>
        {
            var status = GrpcStatusOf(info);
            if (status >= names.Length)
            {
                output.Write(status);
            }
            else if (status >= 0)
            {
                output.Write(names[status]);
            }
            return status >= 0;
        });
    }

    private static FormatOperator? EnvironmentOf(string? arguments, out string error)
    {
        error = "";
        if (arguments is null)
        {
            return null;
        }
        // A variable that is not set reads as a hyphen, in JSON too.
        var value = Environment(arguments) ?? "-";
        return new FormatOperator((ByteBuffer output, StreamInfo _, in FormatContext _) =>
        {
            output.Write(value);
            return true;
        });
    }
}
