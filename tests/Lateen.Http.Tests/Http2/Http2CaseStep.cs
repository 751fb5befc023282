using System.Globalization;
using System.Text;
using Lateen.Core.Yaml;
using Lateen.Http.Http2;

namespace Lateen.Http.Tests.Http2;

/// <summary>One step of a case of the suite http2 that sends something.</summary>
internal sealed class Http2CaseStep(YamlNode step, Http2Frames frames)
{
    private static readonly string[] Settings =
    [
        "", "HEADER_TABLE_SIZE", "ENABLE_PUSH", "MAX_CONCURRENT_STREAMS", "INITIAL_WINDOW_SIZE", "MAX_FRAME_SIZE",
        "MAX_HEADER_LIST_SIZE",
    ];

    private static readonly string[] Codes =
    [
        "NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT", "STREAM_CLOSED",
        "FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR",
    ];

    private int Stream => step["stream"]?.Text is { } id ? int.Parse(id, CultureInfo.InvariantCulture) : 0;

    public void Write()
    {
        switch (step["send"]?.Text)
        {
            case "preface-and-settings":
                frames.Preface().Frame(Http2FrameType.Settings, 1, 0);
                break;
            case "raw":
                frames.Raw(Convert.FromHexString(step["hex"]!.Text!));
                break;
            case "HEADERS" when step["repeat"] is not null:
                for (var id = 1; id <= (Http2Limits.Default.MaxConcurrentStreams * 2) + 1; id += 2)
                {
                    frames.Frame(Http2FrameType.Headers, Flags(), id, Block());
                }

                break;
            case "HEADERS":
                frames.Frame(Http2FrameType.Headers, Flags(), Stream, [.. Priority(), .. Block()]);
                break;
            case "HEADERS-with-pad-length":
                var block = Block();
                frames.Frame(Http2FrameType.Headers, 0x0D, Stream, [(byte)(block.Length + 1), .. block]);
                break;
            case "CONTINUATION":
                frames.Frame(Http2FrameType.Continuation, Flags(), Stream, Block());
                break;
            case "DATA":
                frames.Frame(Http2FrameType.Data, Flags(), Stream, Payload());
                break;
            default:
                WriteControl();
                break;
        }
    }

    private void WriteControl()
    {
        switch (step["send"]?.Text)
        {
            case "PRIORITY":
                frames.Frame(Http2FrameType.Priority, 0, Stream, Priority());
                break;
            case "RST_STREAM":
                frames.Number(Http2FrameType.RstStream, Stream, Code());
                break;
            case "WINDOW_UPDATE":
                frames.Number(Http2FrameType.WindowUpdate, Stream, Number(step["increment"]!));
                break;
            case "PING":
                var data = Encoding.Latin1.GetBytes((step["data"]?.Text ?? "").PadRight(8, '\0'));
                frames.Frame(Http2FrameType.Ping, step["ack"]?.Text == "true" ? 1 : 0, 0, data);
                break;
            case "GOAWAY":
                frames.Frame(Http2FrameType.GoAway, 0, 0, 0, 0, 0, 0, 0, 0, 0, (byte)Code());
                break;
            case "SETTINGS":
                foreach (var pair in ((YamlSequence)step["settings"]!).Items)
                {
                    var items = ((YamlSequence)pair).Items;
                    frames.Setting(Array.IndexOf(Settings, items[0].Text), Number(items[1]));
                }

                break;
        }
    }

    private int Flags()
    {
        var flags = step["endStream"]?.Text == "true" ? 1 : 0;
        flags |= step["endHeaders"]?.Text == "true" ? 4 : 0;
        return flags | (step["priority"] is null ? 0 : 0x20);
    }

    private uint Code()
    {
        var code = Array.IndexOf(Codes, step["code"]!.Text);
        return code >= 0 ? (uint)code : 0xFF;
    }

    private byte[] Priority()
    {
        if (step["priority"] is not { } priority)
        {
            return [];
        }

        var on = Number(priority["dependsOn"]!);
        return [(byte)(on >> 24), (byte)(on >> 16), (byte)(on >> 8), (byte)on, (byte)Number(priority["weight"]!)];
    }

    private byte[] Payload()
    {
        var payload = step["payload"]!;
        return payload["repeat"] is { } repeat
            ? [.. Enumerable.Repeat(Convert.FromHexString(repeat.Text!)[0], (int)Number(payload["count"]!))]
            : Convert.FromHexString(payload.Text ?? "");
    }

    private byte[] Block()
    {
        var bytes = new List<byte>();
        foreach (var part in ((YamlSequence)step["block"]!).Items)
        {
            if (part["hex"]?.Text is { } hex)
            {
                bytes.AddRange(Convert.FromHexString(hex));
                continue;
            }

            var source = part["headers"] ?? ((YamlSequence)part["of"]!).Items[0]["headers"]!;
            var lines = ((YamlSequence)source).Items.Select(Line).ToArray();
            var block = part["headers"] is not null ? frames.Block(lines) : new Http2Frames().Block(lines);
            var from = part["from"] is { } f ? (int)Number(f) : 0;
            var to = part["to"] is { } t ? (int)Number(t)
                : block.Length;
            bytes.AddRange(block[from..to]);
        }

        return [.. bytes];
    }

    private static string Line(YamlNode pair)
    {
        var items = ((YamlSequence)pair).Items;
        var value = items[1].Text ?? "";
        var star = value.IndexOf('*', StringComparison.Ordinal);
        if (star == 1 && int.TryParse(value[2..], out var count))
        {
            value = new string(value[0], count);
        }

        return $"{items[0].Text}: {value}";
    }

    private static uint Number(YamlNode node) => uint.Parse(node.Text!, CultureInfo.InvariantCulture);
}
