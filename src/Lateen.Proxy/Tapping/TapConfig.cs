using Lateen.Proxy.Routing;

namespace Lateen.Proxy.Tapping;

/// <summary>What is tapped and where it goes. Source: <c>tap.v3.TapConfig</c>.</summary>
internal sealed record TapConfig
{
    public required TapMatch Match { get; init; }

    public required TapSink Sink { get; init; }

    public TapFormat Format { get; init; }

    /// <summary>Bytes of a request's body that are kept, or of each piece of it when streaming; 1 KiB by
    /// default.</summary>
    public int RequestBytesMax { get; init; } = 1024;

    /// <summary>The same of responses.</summary>
    public int ResponseBytesMax { get; init; } = 1024;

    /// <summary>Traces are written in pieces as they come.</summary>
    public bool IsStreaming { get; init; }

    /// <summary>Pieces of a connection's trace gather to so many bytes before they are written; zero: each
    /// alone.</summary>
    public int StreamedBytesMin { get; init; }

    /// <summary>Streams that are looked at; null: all.</summary>
    public FractionalPercent? Enabled { get; init; }

    /// <summary>Gives one message, a trace or a piece of one, to the sink.</summary>
    public void Write(ulong id, TapNode message)
    {
        var output = new ByteBuffer(1024);
        switch (Format)
        {
            case TapFormat.ProtoBinary:
                TapBinary.Write(output, message);
                break;
            case TapFormat.ProtoBinaryLengthDelimited:
                var inner = new ByteBuffer(1024);
                TapBinary.Write(inner, message);
                Exports.ProtoWriter.WriteVarint(output, (ulong)inner.Length);
                output.Write(inner.Written);
                break;
            case TapFormat.ProtoText:
                TapText.Write(output, message, 0);
                break;
            default:
                TapJson.Write(output, message, 0);
                output.Write((byte)'\n');
                break;
        }
        Sink.Append(id, Format, output.ToArray());
    }
}
