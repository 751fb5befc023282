using Google.Protobuf;

namespace Lateen.Proxy.Config;

/// <summary>
/// Parses discovered messages and counts what of them is unknown (<c>server.dynamic_unknown_fields</c>): each kind of
/// field once, as Envoy does. A message whose size is what was sent has nothing unknown, so that the usual case costs
/// one look. Thread: configuration.
/// </summary>
internal sealed class UnknownFieldCounter
{
    /// <summary>Kinds that are told apart at most.</summary>
    private const int KindsMax = 1024;

    private readonly HashSet<string> _kinds = new(StringComparer.Ordinal);
    private long _count;

    /// <summary>Kinds of unknown fields seen so far. Thread: any.</summary>
    public long Count => Volatile.Read(ref _count);

    /// <summary>Parses a message, leaving out what is unknown.</summary>
    public T Parse<T>(MessageParser<T> parser, string typeUrl, ByteString body)
        where T : class, IMessage<T>
    {
        var message = parser.WithDiscardUnknownFields(true).ParseFrom(body);
        if (message.CalculateSize() != body.Length)
        {
            Look(parser, typeUrl, message, body);
        }
        return message;
    }

    private void Look<T>(MessageParser<T> parser, string typeUrl, T message, ByteString body)
        where T : class, IMessage<T>
    {
        // An unusual way of writing the same is no unknown field.
        if (_kinds.Count >= KindsMax || parser.ParseFrom(body).CalculateSize() == message.CalculateSize())
        {
            return;
        }
        var unknown = Fields(body.ToByteArray());
        unknown.ExceptWith(Fields(message.ToByteArray()));
        if (_kinds.Add($"{typeUrl} {string.Join(',', unknown)}"))
        {
            Volatile.Write(ref _count, _count + 1);
        }
    }

    /// <summary>Numbers of the fields of a message itself; of those below nothing is told.</summary>
    private static SortedSet<int> Fields(byte[] message)
    {
        var fields = new SortedSet<int>();
        using var input = new CodedInputStream(message);
        while (input.ReadTag() is > 0 and var tag)
        {
            fields.Add(WireFormat.GetTagFieldNumber(tag));
            input.SkipLastField();
        }
        return fields;
    }
}
