namespace Lateen.Proxy.Tracing;

/// <summary>Which side of a call a span tells of; numbers as in Zipkin's protobuf form.</summary>
internal enum SpanKind : byte
{
    Client = 1,
    Server = 2,
}
