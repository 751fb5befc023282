using System.Text;

namespace Lateen.Proxy.Clusters;

/// <summary>Compares names that are held as texts with the bytes of requests, without making either anew.</summary>
internal static class Utf8Names
{
    /// <summary>Whether these are the bytes of the name in UTF-8.</summary>
    public static bool AreEqual(ReadOnlySpan<char> name, ReadOnlySpan<byte> bytes)
    {
        if (Ascii.Equals(bytes, name))
        {
            return true;
        }
        while (!name.IsEmpty && !bytes.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(name, out var expected, out var chars) != System.Buffers.OperationStatus.Done
                || Rune.DecodeFromUtf8(bytes, out var actual, out var read) != System.Buffers.OperationStatus.Done
                || expected != actual)
            {
                return false;
            }
            name = name[chars..];
            bytes = bytes[read..];
        }
        return name.IsEmpty && bytes.IsEmpty;
    }
}
