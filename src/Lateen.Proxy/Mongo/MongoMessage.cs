using System.Buffers.Binary;

namespace Lateen.Proxy.Mongo;

/// <summary>A message of the MongoDB wire protocol of before OP_MSG, as far as statistics need it. Pure.</summary>
internal sealed class MongoMessage
{
    internal const int HeaderBytes = 16;

    /// <summary>Documents of a reply looked at; those behind are only counted.</summary>
    private const int DocumentsMax = 100_000;

    public MongoOperation Operation { get; private init; }

    public int RequestId { get; private init; }

    public int ResponseTo { get; private init; }

    public int Flags { get; private set; }

    /// <summary>Query and insert: database and collection.</summary>
    public string FullCollection { get; private set; } = "";

    /// <summary>Query: what is asked for.</summary>
    public BsonDocument? Query { get; private set; }

    /// <summary>Reply: a cursor for more; zero: none.</summary>
    public long CursorId { get; private set; }

    /// <summary>Reply: how many documents it says to have.</summary>
    public int DocumentCount { get; private set; }

    /// <summary>All its bytes.</summary>
    public int Bytes { get; private init; }

    /// <summary>Reads a whole message; null: it is broken, or of a kind that Envoy does not know either.</summary>
    public static MongoMessage? Read(ReadOnlySpan<byte> bytes)
    {
        var message = new MongoMessage
        {
            Bytes = bytes.Length,
            RequestId = BinaryPrimitives.ReadInt32LittleEndian(bytes[4..]),
            ResponseTo = BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]),
            Operation = (MongoOperation)BinaryPrimitives.ReadInt32LittleEndian(bytes[12..]),
        };
        return message.TryReadBody(bytes[HeaderBytes..]) ? message : null;
    }

    private bool TryReadBody(ReadOnlySpan<byte> body) => Operation switch
    {
        MongoOperation.Reply => TryReadReply(body),
        MongoOperation.Query => TryReadQuery(body),
        MongoOperation.GetMore => TryNumber(ref body, out _) && TryCollection(ref body) && body.Length == 12,
        MongoOperation.Insert => TryReadInsert(body),
        MongoOperation.KillCursors => TryNumber(ref body, out _) && TryNumber(ref body, out var count)
            && count >= 0 && body.Length == 8L * count,
        MongoOperation.Command => BsonDocument.ReadText(ref body) is not null
            && BsonDocument.ReadText(ref body) is not null && TryReadDocuments(body, 2),
        MongoOperation.CommandReply => TryReadDocuments(body, 2),
        _ => false,
    };

    private bool TryReadReply(ReadOnlySpan<byte> body)
    {
        if (body.Length < 20)
        {
            return false;
        }
        Flags = BinaryPrimitives.ReadInt32LittleEndian(body);
        CursorId = BinaryPrimitives.ReadInt64LittleEndian(body[4..]);
        DocumentCount = BinaryPrimitives.ReadInt32LittleEndian(body[16..]);
        body = body[20..];
        for (var i = 0; i < Math.Min(DocumentCount, DocumentsMax); i++)
        {
            if (BsonDocument.Read(ref body) is null)
            {
                return false;
            }
        }
        return body.IsEmpty;
    }

    private bool TryReadQuery(ReadOnlySpan<byte> body)
    {
        if (!TryNumber(ref body, out var flags) || !TryCollection(ref body) || !TryNumber(ref body, out _)
            || !TryNumber(ref body, out _))
        {
            return false;
        }
        Flags = flags;
        Query = BsonDocument.Read(ref body);
        return Query is not null && (body.IsEmpty || (BsonDocument.Read(ref body) is not null && body.IsEmpty));
    }

    private bool TryReadInsert(ReadOnlySpan<byte> body)
    {
        if (!TryNumber(ref body, out var flags) || !TryCollection(ref body))
        {
            return false;
        }
        Flags = flags;
        return TryReadDocuments(body, 0);
    }

    private static bool TryReadDocuments(ReadOnlySpan<byte> body, int atLeast)
    {
        var count = 0;
        for (; !body.IsEmpty; count++)
        {
            if (BsonDocument.Read(ref body) is null)
            {
                return false;
            }
        }
        return count >= atLeast;
    }

    private bool TryCollection(ref ReadOnlySpan<byte> body)
    {
        if (BsonDocument.ReadText(ref body) is not { } name)
        {
            return false;
        }
        FullCollection = name;
        return true;
    }

    private static bool TryNumber(ref ReadOnlySpan<byte> body, out int number)
    {
        number = 0;
        if (body.Length < 4)
        {
            return false;
        }
        number = BinaryPrimitives.ReadInt32LittleEndian(body);
        body = body[4..];
        return true;
    }
}
