using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Formatting;

/// <summary>Moments and durations.</summary>
internal static class TimeOperators
{
    internal const string DefaultFormat = "%Y-%m-%dT%H:%M:%E3SZ";

    private const string DefaultLocalFormat = "%Y-%m-%dT%H:%M:%E3S%z";

    public static void AddTo(Action<string, FormatOperator> add, Action<string, OperatorBuilder> addWithArguments)
    {
        foreach (var (name, emit, local) in new[] { ("START_TIME", false, false), ("START_TIME_LOCAL", false, true),
            ("EMIT_TIME", true, false), ("EMIT_TIME_LOCAL", true, true) })
        {
            addWithArguments(
                name, (string? arguments, out string error) => Moment(arguments, emit, local, out error));
        }
        add("DURATION", Duration());
        add("REQUEST_DURATION", Between(i => i.StartNanos, i => i.LastDownstreamRxNanos));
        add("REQUEST_TX_DURATION", Between(i => i.StartNanos, i => i.LastUpstreamTxNanos));
        add("RESPONSE_DURATION", Between(i => i.StartNanos, i => i.FirstUpstreamRxNanos));
        add("RESPONSE_TX_DURATION", Between(i => i.FirstUpstreamRxNanos, i => i.LastDownstreamTxNanos));
        add("DOWNSTREAM_HANDSHAKE_DURATION",
            Between(i => i.Connection.StartNanos, i => i.Connection.HandshakeEndNanos));
        add("UPSTREAM_CONNECTION_POOL_READY_DURATION", Between(i => i.UpstreamWaitNanos, i => i.UpstreamReadyNanos));
        // Told by QUIC only.
        add("ROUNDTRIP_DURATION", Between(static _ => 0, static _ => 0));
        add("DOWNSTREAM_CX_RTT", Between(static _ => 0, static _ => 0));
        addWithArguments("COMMON_DURATION", Common);
    }

    /// <summary>False with the reason when a format would break the line.</summary>
    internal static bool IsGoodFormat(string format, out string error)
    {
        error = format.Contains("%n", StringComparison.Ordinal) || format.Contains('\n')
            ? "Invalid header configuration. Format string contains newline."
            : "";
        return error.Length == 0;
    }

    private static FormatOperator? Moment(string? arguments, bool emit, bool local, out string error)
    {
        var format = arguments ?? (local ? DefaultLocalFormat : DefaultFormat);
        if (!IsGoodFormat(format, out error))
        {
            return null;
        }
        var text = new TimeText(format, local ? TimeZoneInfo.Local : null);
        return new FormatOperator((ByteBuffer output, StreamInfo info, in FormatContext context) =>
        {
            text.Write(output, emit ? context.EmitUnixNanos : info.StartUnixNanos);
            return true;
        });
    }

    /// <summary>Of what still goes on, the time until the entry.</summary>
    private static FormatOperator Duration() => new(
        static (ByteBuffer output, StreamInfo info, in FormatContext context) =>
        {
            var isOver = info.EndNanos > 0;
            if (info.StartNanos == 0 || (!isOver && context.EmitUnixNanos == 0))
            {
                return false;
            }

            var nanos = isOver ? info.EndNanos - info.StartNanos : context.EmitUnixNanos - info.StartUnixNanos;
            output.Write(Math.Max(nanos, 0) / 1_000_000);
            return true;
        },
        true);

    private static FormatOperator Between(Func<StreamInfo, long> from, Func<StreamInfo, long> to, long unit = 1_000_000)
    {
        return new FormatOperator(
            (ByteBuffer output, StreamInfo info, in FormatContext _) =>
            {
                var (begin, end) = (from(info), to(info));
                if (begin == 0 || end == 0 || end < begin)
                {
                    return false;
                }
                output.Write((end - begin) / unit);
                return true;
            },
            true);
    }

    private static FormatOperator? Common(string? arguments, out string error)
    {
        error = "";
        if (arguments is null)
        {
            return null;
        }
        var parts = arguments.Split(':');
        if (parts.Length is < 2 or > 3)
        {
            error = $"Invalid common duration configuration: {arguments}.";
            return null;
        }
        var unit = parts.Length == 2 ? "ms" : parts[2];
        if (unit is not ("ms" or "us" or "ns"))
        {
            error = $"Invalid common duration precision: {unit}.";
            return null;
        }
        return Between(Point(parts[0]), Point(parts[1]), unit switch { "ms" => 1_000_000, "us" => 1000, _ => 1 });
    }

    private static Func<StreamInfo, long> Point(string name) => name switch
    {
        "DS_RX_BEG" => static info => info.StartNanos,
        "US_CX_BEG" => static info => info.UpstreamConnectNanos,
        "US_CX_END" => static info => info.UpstreamConnectedNanos,
        "US_HS_END" => static info => info.UpstreamHandshakeNanos,
        "US_RX_BODY_BEG" => static info => info.FirstUpstreamBodyNanos,
        "DS_RX_END" => static info => info.LastDownstreamRxNanos,
        "US_TX_BEG" => static info => info.FirstUpstreamTxNanos,
        "US_TX_END" => static info => info.LastUpstreamTxNanos,
        "US_RX_BEG" => static info => info.FirstUpstreamRxNanos,
        "US_RX_END" => static info => info.LastUpstreamRxNanos,
        "DS_TX_BEG" => static info => info.FirstDownstreamTxNanos,
        "DS_TX_END" => static info => info.LastDownstreamTxNanos,
        _ => static _ => 0,
    };
}
