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
        Span<byte> bits = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64BigEndian(bits, high);
        BinaryPrimitives.WriteUInt64BigEndian(bits[sizeof(ulong)..], low);
        _ = new Guid(bits, bigEndian: true).TryFormat(text, out _);
    }
}
