using System.Buffers.Binary;
using Lateen.Http;

namespace Lateen.Proxy.Routing;

/// <summary>
/// Makes the key of a request's scope: its parts one after the other, each behind its length. Source:
/// <c>ScopedRoutes.ScopeKeyBuilder</c>.
/// </summary>
internal sealed class ScopeKeyBuilder(ScopeKeyFragment[] fragments)
{
    /// <summary>Longer keys have no scope.</summary>
    public const int KeyBytesMax = 1024;

    private const int LengthBytes = 2;

    /// <summary>False when the request lacks a part of the key.</summary>
    public bool TryBuild(HeaderMap headers, Span<byte> key, out int length)
    {
        length = 0;
        foreach (var fragment in fragments)
        {
            if (!fragment.TryExtract(headers, out var part) || !TryAppend(part, key, ref length))
            {
                return false;
            }
        }
        return length > 0;
    }

    /// <summary>The key of a scope with these parts; null when it is too long.</summary>
    public static byte[]? Build(IEnumerable<byte[]> parts)
    {
        var key = new byte[KeyBytesMax];
        var length = 0;
        foreach (var part in parts)
        {
            if (!TryAppend(part, key, ref length))
            {
                return null;
            }
        }
        return key[..length];
    }

    private static bool TryAppend(ReadOnlySpan<byte> part, Span<byte> key, ref int length)
    {
        if (part.Length > key.Length - length - LengthBytes)
        {
            return false;
        }
        BinaryPrimitives.WriteUInt16LittleEndian(key[length..], (ushort)part.Length);
        part.CopyTo(key[(length + LengthBytes)..]);
        length += LengthBytes + part.Length;
        return true;
    }
}
