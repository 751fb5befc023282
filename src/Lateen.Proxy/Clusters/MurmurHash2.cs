using System.Buffers.Binary;

namespace Lateen.Proxy.Clusters;

/// <summary>MurmurHash2 for 64 bits, with the seed that libstdc++ and Envoy use.</summary>
internal static class MurmurHash2
{
    private const ulong Multiplier = 0xc6a4a7935bd1e995;
    private const ulong Seed = 0xc70f6907;

    public static ulong Hash(ReadOnlySpan<byte> data)
    {
        var hash = Seed ^ ((ulong)data.Length * Multiplier);
        while (data.Length >= 8)
        {
            var k = BinaryPrimitives.ReadUInt64LittleEndian(data) * Multiplier;
            k = (k ^ (k >> 47)) * Multiplier;
            hash = (hash ^ k) * Multiplier;
            data = data[8..];
        }
        if (data.Length > 0)
        {
            ulong tail = 0;
            for (var i = data.Length - 1; i >= 0; i--)
            {
                tail = (tail << 8) | data[i];
            }
            hash = (hash ^ tail) * Multiplier;
        }
        hash = (hash ^ (hash >> 47)) * Multiplier;
        return hash ^ (hash >> 47);
    }
}
