using Envoy.Config.Core.V3;

namespace Lateen.Proxy.Config.Decode;

/// <summary>Ranges of HTTP/2 options, and settings that cannot be given by number.</summary>
internal static class Http2OptionsCheck
{
    private const uint WindowMin = 65_535;
    private const uint SettingMax = 65_535;
    private const uint EnablePush = 2;
    private const int NanosPerMilli = 1_000_000;

    public static void Check(Http2ProtocolOptions? options, string path, DecodeContext context)
    {
        if (options is null)
        {
            return;
        }
        CheckRange(options.InitialStreamWindowSize, WindowMin, $"{path}.initial_stream_window_size", context);
        CheckRange(options.InitialConnectionWindowSize, WindowMin, $"{path}.initial_connection_window_size", context);
        CheckRange(options.MaxConcurrentStreams, 1, $"{path}.max_concurrent_streams", context);
        CheckRange(options.MaxOutboundFrames, 1, $"{path}.max_outbound_frames", context);
        CheckRange(options.MaxOutboundControlFrames, 1, $"{path}.max_outbound_control_frames", context);
        CheckRange(options.MaxInboundWindowUpdateFramesPerDataFrameSent, 1,
            $"{path}.max_inbound_window_update_frames_per_data_frame_sent", context);
        if (options.ConnectionKeepalive is { } keepalive)
        {
            var isTooShort = keepalive.Interval is { } interval && Durations.Nanos(interval) < NanosPerMilli;
            if (isTooShort || keepalive.Timeout is null || Durations.Nanos(keepalive.Timeout) < NanosPerMilli)
            {
                context.Error($"{path}.connection_keepalive", "HTTP2",
                    "a timeout is required, and interval and timeout must be greater than or equal to 1ms");
            }
        }
        CheckSettings(options, path, context);
    }

    private static void CheckRange(uint? value, uint min, string path, DecodeContext context)
    {
        if (value is { } given && (given < min || given > int.MaxValue))
        {
            context.Error(path, "HTTP2", $"value must be inside range [{min}, {int.MaxValue}]");
        }
    }

    private static void CheckSettings(Http2ProtocolOptions options, string path, DecodeContext context)
    {
        var seen = new Dictionary<uint, uint>();
        foreach (var setting in options.CustomSettingsParameters)
        {
            var (id, value) = (setting.Identifier ?? uint.MaxValue, setting.Value ?? uint.MaxValue);
            var at = $"{path}.custom_settings_parameters";
            if (id > SettingMax || setting.Value is null)
            {
                context.Error(at, "HTTP2", "an identifier of at most 65535 and a value are required");
            }
            else if (id == EnablePush && value == 1)
            {
                context.Error(at, "HTTP2",
                    "server push is not supported by Envoy and can not be enabled via a SETTINGS parameter.");
            }
            else if (IsNamed(options, id) || (seen.TryGetValue(id, out var other) && other != value))
            {
                context.Error(at, "HTTP2", $"the HTTP/2 SETTINGS parameter {id} is given twice");
            }
            seen[id] = value;
        }
    }

    private static bool IsNamed(Http2ProtocolOptions options, uint id) => id switch
    {
        1 => options.HpackTableSize is not null,
        3 => options.MaxConcurrentStreams is not null,
        4 => options.InitialStreamWindowSize is not null,
        8 => options.AllowConnect,
        _ => false,
    };
}
