namespace Lateen.Proxy.Tapping;

/// <summary>How traces are written. Source: <c>tap.v3.OutputSink.Format</c>.</summary>
internal enum TapFormat
{
    JsonBodyAsBytes,
    JsonBodyAsString,
    ProtoBinary,
    ProtoBinaryLengthDelimited,
    ProtoText,
}
