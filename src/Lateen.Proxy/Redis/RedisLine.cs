namespace Lateen.Proxy.Redis;

/// <summary>Writes commands and replies.</summary>
internal static class RedisLine
{
    /// <summary>Begins a command or a list of so many elements.</summary>
    internal static void Begin(ByteBuffer target, int count)
    {
        target.Write((byte)'*');
        target.Write((long)count);
        target.Write("\r\n"u8);
    }

    /// <summary>Adds a bulk string.</summary>
    internal static void Add(ByteBuffer target, ReadOnlySpan<byte> text)
    {
        target.Write((byte)'$');
        target.Write((long)text.Length);
        target.Write("\r\n"u8);
        target.Write(text);
        target.Write("\r\n"u8);
    }

    internal static void AddNumber(ByteBuffer target, long value)
    {
        target.Write((byte)':');
        target.Write(value);
        target.Write("\r\n"u8);
    }

    internal static void AddError(ByteBuffer target, ReadOnlySpan<byte> text)
    {
        target.Write((byte)'-');
        target.Write(text);
        target.Write("\r\n"u8);
    }

    /// <summary>An error about a command, which is named between the two texts.</summary>
    internal static void AddError(
        ByteBuffer target, ReadOnlySpan<byte> before, ReadOnlySpan<byte> name, ReadOnlySpan<byte> after)
    {
        target.Write((byte)'-');
        target.Write(before);
        foreach (var c in name)
        {
            // A line end within would end the reply.
            target.Write(c is (byte)'\r' or (byte)'\n' ? (byte)' ' : c);
        }

        target.Write(after);
        target.Write("\r\n"u8);
    }
}
