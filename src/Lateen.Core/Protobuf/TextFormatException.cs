namespace Lateen.Core.Protobuf;

/// <summary>A text is not protobuf's text format, or does not fit the message.</summary>
public sealed class TextFormatException(string message) : Exception(message);
