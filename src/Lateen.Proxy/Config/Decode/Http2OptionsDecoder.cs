using Envoy.Config.Core.V3;
using Lateen.Http.Http2;
using Lateen.Proxy.Http;

namespace Lateen.Proxy.Config.Decode;

/// <summary>Options of HTTP/2, of either side. Values out of range are brought to the border.</summary>
internal static class Http2OptionsDecoder
{
    private const uint WindowMin = Http2Limits.DefaultWindow;

    /// <param name="options">Null: all defaults.</param>
    /// <param name="limits">What the surrounding configuration says of headers and errors.</param>
    public static Http2Options Decode(Http2ProtocolOptions? options, Http2Limits limits)
    {
        if (options is null)
        {
            return new Http2Options { Limits = limits == Http2Limits.Default ? Http2Limits.Default : limits };
        }
        return new Http2Options
        {
            Limits = limits with
            {
                HeaderTableSize = (int)Math.Min(options.HpackTableSize ?? 4096, 64 * 1024),
                MaxConcurrentStreams = Number(options.MaxConcurrentStreams, limits.MaxConcurrentStreams, 1),
                InitialStreamWindow = Number(options.InitialStreamWindowSize, limits.InitialStreamWindow, WindowMin),
                InitialConnectionWindow =
                    Number(options.InitialConnectionWindowSize, limits.InitialConnectionWindow, WindowMin),
                AllowConnect = options.AllowConnect,
                StreamErrorOnInvalidMessage = options.OverrideStreamErrorOnInvalidHttpMessage
                    ?? limits.StreamErrorOnInvalidMessage,
                OutboundFramesMax = Number(options.MaxOutboundFrames, limits.OutboundFramesMax, 1),
                OutboundControlFramesMax = Number(options.MaxOutboundControlFrames, limits.OutboundControlFramesMax, 1),
                ConsecutiveEmptyFramesMax = Number(
                    options.MaxConsecutiveInboundFramesWithEmptyPayload, limits.ConsecutiveEmptyFramesMax, 0),
                PriorityFramesPerStreamMax =
                    Number(options.MaxInboundPriorityFramesPerStream, limits.PriorityFramesPerStreamMax, 0),
                WindowUpdatesPerDataFrameMax = Number(
                    options.MaxInboundWindowUpdateFramesPerDataFrameSent, limits.WindowUpdatesPerDataFrameMax, 1),
            },
            KeepaliveIntervalNanos = Durations.Nanos(options.ConnectionKeepalive?.Interval),
            KeepaliveTimeoutNanos = Durations.Nanos(options.ConnectionKeepalive?.Timeout),
            KeepaliveJitterPercent = (int)Math.Clamp(
                options.ConnectionKeepalive?.IntervalJitter?.Value ?? 15, 0, 100),
        };
    }

    private static int Number(uint? value, int absent, uint min) =>
        value is { } given ? (int)Math.Clamp(given, min, int.MaxValue) : absent;
}
