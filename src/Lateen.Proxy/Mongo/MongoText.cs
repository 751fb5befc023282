using System.Buffers.Binary;
using System.Globalization;

namespace Lateen.Proxy.Mongo;

/// <summary>
/// Writes messages down as Envoy's log of <c>mongo_proxy</c> has them: nearly JSON, as names and patterns stand there
/// as they came. Only for what <see cref="MongoMessage.Read"/> has found whole.
/// </summary>
internal ref struct MongoText
{
    private readonly ByteBuffer _output;
    private ReadOnlySpan<byte> _rest;

    private MongoText(ByteBuffer output, ReadOnlySpan<byte> body)
    {
        _output = output;
        _rest = body;
    }

    /// <summary>Writes a message.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="message">With its header.</param>
    public static void Write(ByteBuffer output, ReadOnlySpan<byte> message)
    {
        var id = BinaryPrimitives.ReadInt32LittleEndian(message[4..]);
        var responseTo = BinaryPrimitives.ReadInt32LittleEndian(message[8..]);
        var operation = (MongoOperation)BinaryPrimitives.ReadInt32LittleEndian(message[12..]);
        output.Write("{\"opcode\": \""u8);
        output.Write(NameOf(operation));
        output.Write("\", \"id\": "u8);
        output.Write(id);
        output.Write(", \"response_to\": "u8);
        if (operation == MongoOperation.KillCursors)
        {
            // The one operation whose callee is told by a hexadecimal text.
            WriteFlags(output, responseTo);
        }
        else
        {
            output.Write(responseTo);
        }
        new MongoText(output, message[MongoMessage.HeaderBytes..]).WriteBody(operation);
        output.Write("}"u8);
        if (operation == MongoOperation.CommandReply)
        {
            output.Write((byte)' ');
        }
    }

    private static ReadOnlySpan<byte> NameOf(MongoOperation operation) => operation switch
    {
        MongoOperation.Reply => "OP_REPLY"u8,
        MongoOperation.Insert => "OP_INSERT"u8,
        MongoOperation.Query => "OP_QUERY"u8,
        MongoOperation.GetMore => "OP_GET_MORE"u8,
        MongoOperation.KillCursors => "KILL_CURSORS"u8,
        MongoOperation.Command => "OP_COMMAND"u8,
        _ => "OP_COMMANDREPLY"u8,
    };

    private void WriteBody(MongoOperation operation)
    {
        switch (operation)
        {
            case MongoOperation.Query:
                WriteQuery();
                break;
            case MongoOperation.Reply:
                WriteReply();
                break;
            case MongoOperation.GetMore:
                _rest = _rest[4..];
                WriteName(", \"collection\": \""u8);
                WriteNumber(", \"return\": "u8);
                WriteLong(", \"cursor\": "u8);
                break;
            case MongoOperation.Insert:
                _output.Write(", \"flags\": "u8);
                WriteFlags(_output, TakeInt());
                WriteName(", \"collection\": \""u8);
                WriteDocuments(", \"documents\": "u8);
                break;
            case MongoOperation.KillCursors:
                WriteCursors();
                break;
            case MongoOperation.Command:
                WriteName(", \"database\": \""u8);
                WriteName(", \"commandName\": \""u8);
                WriteDocument(", \"metadata\": "u8);
                WriteDocument(", \"commandArgs\": "u8);
                WriteDocuments(", \"inputDocs\": "u8);
                break;
            default:
                WriteDocument(", \"metadata\": "u8);
                WriteDocument(", \"commandReply\": "u8);
                WriteDocuments(", \"outputDocs\":"u8);
                break;
        }
    }

    private void WriteQuery()
    {
        _output.Write(", \"flags\": "u8);
        WriteFlags(_output, TakeInt());
        WriteName(", \"collection\": \""u8);
        WriteNumber(", \"skip\": "u8);
        WriteNumber(", \"return\": "u8);
        WriteDocument(", \"query\": "u8);
        if (_rest.IsEmpty)
        {
            _output.Write(", \"fields\": {}"u8);
        }
        else
        {
            WriteDocument(", \"fields\": "u8);
        }
    }

    /// <summary>Documents of answers are only counted.</summary>
    private void WriteReply()
    {
        _output.Write(", \"flags\": "u8);
        WriteFlags(_output, TakeInt());
        WriteLong(", \"cursor\": \""u8);
        WriteNumber("\", \"from\": "u8);
        var count = TakeInt();
        _output.Write(", \"returned\": "u8);
        _output.Write(count);
        _output.Write(", \"documents\": "u8);
        _output.Write(Math.Max(0, count));
    }

    private void WriteCursors()
    {
        _rest = _rest[4..];
        WriteNumber(", \"num_cursors\": \""u8);
        _output.Write("\", \"cursors\": ["u8);
        for (var i = 0; !_rest.IsEmpty; i++)
        {
            WriteLong(i == 0 ? ""u8 : ", "u8);
        }
        _output.Write((byte)']');
    }

    private void WriteDocuments(ReadOnlySpan<byte> before)
    {
        _output.Write(before);
        _output.Write((byte)'[');
        for (var i = 0; !_rest.IsEmpty; i++)
        {
            WriteDocument(i == 0 ? ""u8 : ", "u8);
        }
        _output.Write((byte)']');
    }

    /// <summary>Arrays are documents whose keys are numbers; how deep they lie has been looked at before.</summary>
    private void WriteDocument(ReadOnlySpan<byte> before)
    {
        _output.Write(before);
        _output.Write((byte)'{');
        var length = BinaryPrimitives.ReadInt32LittleEndian(_rest);
        var after = _rest[length..];
        _rest = _rest[4..(length - 1)];
        for (var i = 0; !_rest.IsEmpty; i++)
        {
            var type = _rest[0];
            _rest = _rest[1..];
            WriteName(i == 0 ? "\""u8 : ", \""u8);
            _output.Write(": "u8);
            WriteValue(type);
        }
        _output.Write((byte)'}');
        _rest = after;
    }

    private void WriteValue(byte type)
    {
        switch (type)
        {
            case 0x01:
                WriteDouble(BitConverter.Int64BitsToDouble(TakeLong()));
                break;
            case 0x02 or 0x0E:
                var text = Take(TakeInt());
                var end = text.IndexOf((byte)0);
                WriteText(end < 0 ? text : text[..end]);
                break;
            case 0x03 or 0x04:
                WriteDocument(""u8);
                break;
            case 0x05:
                var length = TakeInt();
                WriteText(Take(length + 1)[1..]);
                break;
            case 0x07:
                _output.Write((byte)'"');
                foreach (var b in Take(12))
                {
                    _output.Write("0123456789abcdef"u8[b >> 4]);
                    _output.Write("0123456789abcdef"u8[b & 15]);
                }
                _output.Write((byte)'"');
                break;
            case 0x08:
                _output.Write(Take(1)[0] != 0 ? "true"u8 : "false"u8);
                break;
            case 0x0A:
                _output.Write("null"u8);
                break;
            case 0x0B:
                WriteName("[\""u8);
                WriteName(", \""u8);
                _output.Write((byte)']');
                break;
            case 0x10:
                _output.Write(TakeInt());
                break;
            default:
                _output.Write(TakeLong());
                break;
        }
    }

    private void WriteDouble(double value) => _output.Write(double.IsFinite(value)
        ? value.ToString("F6", CultureInfo.InvariantCulture)
        : (double.IsNegative(value) ? "-" : "") + (double.IsNaN(value) ? "nan" : "inf"));

    private void WriteText(ReadOnlySpan<byte> text)
    {
        _output.Write((byte)'"');
        foreach (var b in text)
        {
            var escaped = b switch
            {
                (byte)'\n' => (byte)'n',
                (byte)'\r' => (byte)'r',
                (byte)'\t' => (byte)'t',
                (byte)'"' => b,
                _ => (byte)0,
            };
            if (escaped != 0)
            {
                _output.Write((byte)'\\');
            }
            _output.Write(escaped != 0 ? escaped : b);
        }
        _output.Write((byte)'"');
    }

    /// <summary>A name that ends with a zero, as it is, and the quotation mark behind it.</summary>
    private void WriteName(ReadOnlySpan<byte> before)
    {
        _output.Write(before);
        var end = _rest.IndexOf((byte)0);
        _output.Write(_rest[..end]);
        _output.Write((byte)'"');
        _rest = _rest[(end + 1)..];
    }

    private void WriteNumber(ReadOnlySpan<byte> before)
    {
        _output.Write(before);
        _output.Write(TakeInt());
    }

    private void WriteLong(ReadOnlySpan<byte> before)
    {
        _output.Write(before);
        _output.Write(TakeLong());
    }

    private static void WriteFlags(ByteBuffer output, int flags)
    {
        output.Write(flags < 0 ? "\"-0x"u8 : "\"0x"u8);
        output.Write(Math.Abs((long)flags).ToString("x", CultureInfo.InvariantCulture));
        output.Write((byte)'"');
    }

    private int TakeInt() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    private long TakeLong() => BinaryPrimitives.ReadInt64LittleEndian(Take(8));

    private ReadOnlySpan<byte> Take(int count)
    {
        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}
