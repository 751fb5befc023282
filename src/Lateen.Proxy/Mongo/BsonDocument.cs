using System.Buffers.Binary;
using System.Text;

namespace Lateen.Proxy.Mongo;

/// <summary>A BSON document, as far as statistics look into one. Pure; see https://bsonspec.org.</summary>
internal sealed class BsonDocument
{
    /// <summary>Documents within documents at most.</summary>
    private const int DepthMax = 32;

    private readonly List<Field> _fields = [];

    /// <summary>Key of the first field; null: it has none.</summary>
    public string? FirstKey => _fields.Count > 0 ? _fields[0].Key : null;

    /// <summary>Text of the first field; null: it is no text.</summary>
    public string? FirstText => _fields.Count > 0 ? _fields[0].Text : null;

    /// <summary>Reads one from the front and moves behind it; null: it is broken.</summary>
    public static BsonDocument? Read(ref ReadOnlySpan<byte> bytes, int depth = 0)
    {
        if (depth > DepthMax || bytes.Length < 5
            || BinaryPrimitives.ReadInt32LittleEndian(bytes) is var length && (length < 5 || length > bytes.Length))
        {
            return null;
        }
        var rest = bytes[4..length];
        bytes = bytes[length..];
        var document = new BsonDocument();
        while (rest.Length > 1)
        {
            var type = rest[0];
            rest = rest[1..];
            if (type == 0 || ReadText(ref rest) is not { } key || !document.TryAdd(type, key, ref rest, depth))
            {
                return null;
            }
        }
        return rest.Length == 1 && rest[0] == 0 ? document : null;
    }

    /// <summary>Reads a text that ends with a zero; null: it does not end.</summary>
    public static string? ReadText(ref ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOf((byte)0);
        if (end < 0)
        {
            return null;
        }
        var text = Encoding.UTF8.GetString(bytes[..end]);
        bytes = bytes[(end + 1)..];
        return text;
    }

    /// <summary>Whether there is a field of a name.</summary>
    public bool Has(string key) => _fields.Exists(field => field.Key == key);

    /// <summary>The document of a name; null: there is none.</summary>
    public BsonDocument? Document(string key) => _fields.Find(field => field.Key == key).Inner;

    /// <summary>The text of a name; null: there is none.</summary>
    public string? Text(string key) => _fields.Find(field => field.Key == key).Text;

    /// <summary>The whole number of a name; zero: there is none.</summary>
    public long Number(string key) => _fields.Find(field => field.Key == key).Number;

    private bool TryAdd(byte type, string key, ref ReadOnlySpan<byte> rest, int depth)
    {
        // Fixed sizes: double, object id, boolean, date, null, 32 bits, time stamp, 64 bits.
        var size = type switch
        {
            0x01 or 0x09 or 0x11 or 0x12 => 8,
            0x07 => 12,
            0x08 => 1,
            0x0A => 0,
            0x10 => 4,
            _ => -1,
        };
        if (size > rest.Length)
        {
            return false;
        }
        var field = new Field(key, null, null, 0);
        if (size >= 0)
        {
            field = type switch
            {
                0x10 => field with { Number = BinaryPrimitives.ReadInt32LittleEndian(rest) },
                0x12 => field with { Number = BinaryPrimitives.ReadInt64LittleEndian(rest) },
                _ => field,
            };
            rest = rest[size..];
        }
        else if (type is 0x03 or 0x04)
        {
            if (Read(ref rest, depth + 1) is not { } inner)
            {
                return false;
            }
            field = type == 0x03 ? field with { Inner = inner } : field;
        }
        else if (type == 0x0B)
        {
            if (ReadText(ref rest) is null || ReadText(ref rest) is null)
            {
                return false;
            }
        }
        else if (!TryTakeSized(type, ref rest, ref field))
        {
            return false;
        }
        _fields.Add(field);
        return true;
    }

    /// <summary>Text, symbol or binary: a length, then so many bytes.</summary>
    private static bool TryTakeSized(byte type, ref ReadOnlySpan<byte> rest, ref Field field)
    {
        if (type is not (0x02 or 0x05 or 0x0E) || rest.Length < 4)
        {
            return false;
        }
        var length = BinaryPrimitives.ReadInt32LittleEndian(rest);
        var head = type == 0x05 ? 5 : 4;
        if (length < (type == 0x05 ? 0 : 1) || length > rest.Length - head)
        {
            return false;
        }
        if (type == 0x02)
        {
            field = field with { Text = Encoding.UTF8.GetString(rest.Slice(4, length - 1)) };
        }
        rest = rest[(head + length)..];
        return true;
    }

    private readonly record struct Field(string Key, string? Text, BsonDocument? Inner, long Number);
}
