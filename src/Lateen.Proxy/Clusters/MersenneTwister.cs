namespace Lateen.Proxy.Clusters;

/// <summary>The generator MT19937, by which Envoy orders the hosts of bounded-load hashing: the same hash must give the
/// same order everywhere.</summary>
internal sealed class MersenneTwister
{
    private const int Size = 624;
    private const int Shift = 397;

    private readonly uint[] _state = new uint[Size];
    private int _index = Size;

    public MersenneTwister(uint seed)
    {
        _state[0] = seed;
        for (var i = 1; i < Size; i++)
        {
            _state[i] = 1812433253 * (_state[i - 1] ^ (_state[i - 1] >> 30)) + (uint)i;
        }
    }

    public uint Next()
    {
        if (_index == Size)
        {
            Turn();
        }
        var y = _state[_index++];
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c5680;
        y ^= (y << 15) & 0xefc60000;
        return y ^ (y >> 18);
    }

    /// <summary>Uniform below <paramref name="limit"/>.</summary>
    public uint Next(uint limit)
    {
        uint value;
        do
        {
            value = (uint)(Next() / (0x1_0000_0000UL / limit));
        }
        while (value >= limit);
        return value;
    }

    private void Turn()
    {
        for (var i = 0; i < Size; i++)
        {
            var y = (_state[i] & 0x80000000) | (_state[(i + 1) % Size] & 0x7fffffff);
            _state[i] = _state[(i + Shift) % Size] ^ (y >> 1) ^ ((y & 1) == 0 ? 0 : 0x9908b0df);
        }
        _index = 0;
    }
}
