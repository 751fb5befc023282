namespace Lateen.Core.Protobuf;

/// <summary>A method of a gRPC service.</summary>
/// <param name="Name">Without the service.</param>
/// <param name="Input">The message that it takes; null: the descriptors lack it.</param>
/// <param name="Output">The message that it answers with; null: the descriptors lack it.</param>
/// <param name="StreamsIn">The client sends a stream of messages.</param>
/// <param name="StreamsOut">The server sends a stream of messages.</param>
/// <param name="Options">The method's <c>MethodOptions</c>, in binary form.</param>
public sealed record MethodSchema(
    string Name, MessageSchema? Input, MessageSchema? Output, bool StreamsIn, bool StreamsOut, byte[] Options)
{
    /// <summary>The last value of an option that is a message, such as <c>google.api.http</c>; null if there is
    /// none.</summary>
    public byte[]? Option(int fieldNumber)
    {
        byte[]? found = null;
        var reader = new WireReader(Options);
        while (reader.TryReadTag(out var number, out var wireType))
        {
            var content = reader.ReadValue(wireType);
            found = number == fieldNumber && wireType == WireReader.Delimited ? content.ToArray() : found;
        }

        return found;
    }
}
