using System.Buffers.Binary;
using Lateen.Http;

namespace Lateen.Proxy.Runtime;

/// <summary>The x-request-id header: a random UUID (version 4) unless the request brings one that is trusted.</summary>
internal static class RequestIds
{
    internal const int Length = 36;

    internal static void Apply(HttpStream stream)
    {
        var config = stream.Config;
        if (!config.GenerateRequestId)
        {
            return;
        }

        var request = stream.Request;
        var present = request.TryGet(HeaderId.XRequestId, out var id) && !id.IsEmpty;
        var isEdge = config.Forwarding.UseRemoteAddress && !stream.Info.IsInternal;
        if (present && (!isEdge || config.PreserveExternalRequestId))
        {
            return;
        }

        Span<byte> text = stackalloc byte[Length];
        Write(stream.Worker.Random.Next(), stream.Worker.Random.Next(), text);
        request.Set(HeaderId.XRequestId, text);
    }

    /// <summary>Writes a UUID of these 128 bits, six of which are overwritten by version and variant.</summary>
    internal static void Write(ulong high, ulong low, Span<byte> text)
    {
        high = (high & ~0xF000UL) | 0x4000UL;
        low = (low & ~(3UL << 62)) | (2UL << 62);
        var middle = HexOf((uint)high);
        var variant = HexOf((uint)(low >> 32));
        BinaryPrimitives.WriteUInt64LittleEndian(text, HexOf((uint)(high >> 32)));
        BinaryPrimitives.WriteUInt32LittleEndian(text[9..], (uint)middle);
        BinaryPrimitives.WriteUInt32LittleEndian(text[14..], (uint)(middle >> 32));
        BinaryPrimitives.WriteUInt32LittleEndian(text[19..], (uint)variant);
        BinaryPrimitives.WriteUInt32LittleEndian(text[24..], (uint)(variant >> 32));
        BinaryPrimitives.WriteUInt64LittleEndian(text[28..], HexOf((uint)low));
        text[8] = text[13] = text[18] = text[23] = (byte)'-';
    }

    /// <summary>The eight lower-case digits of a number, the first one low: all at once, four bits in each
    /// byte.</summary>
    private static ulong HexOf(uint value)
    {
        ulong digits = BinaryPrimitives.ReverseEndianness(value);
        digits = (digits | (digits << 16)) & 0x0000FFFF0000FFFF;
        digits = (digits | (digits << 8)) & 0x00FF00FF00FF00FF;
        digits = ((digits >> 4) & 0x000F000F000F000F) | ((digits & 0x000F000F000F000F) << 8);
        var letters = ((digits + 0x0606060606060606) >> 4) & 0x0101010101010101;
        return digits + 0x3030303030303030 + (letters * ('a' - '0' - 10));
    }
}
