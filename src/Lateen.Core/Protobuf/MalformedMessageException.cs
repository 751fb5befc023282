namespace Lateen.Core.Protobuf;

/// <summary>Bytes that should be a protobuf message are none: the sender's fault.</summary>
public sealed class MalformedMessageException() : FormatException("the bytes are no protobuf message");
