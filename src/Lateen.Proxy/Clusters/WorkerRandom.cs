namespace Lateen.Proxy.Clusters;

/// <summary>A small random generator for one worker (xorshift64*). Seeded by its owner, so that runs can be
/// replayed.</summary>
internal struct WorkerRandom(ulong seed)
{
    private ulong _state = seed == 0 ? 0x9E3779B97F4A7C15UL : seed;

    public ulong Next()
    {
        _state ^= _state >> 12;
        _state ^= _state << 25;
        _state ^= _state >> 27;
        return _state * 0x2545F4914F6CDD1DUL;
    }

    /// <summary>At least 0, less than 1.</summary>
    public double NextDouble() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>A number from 0 to <paramref name="limit"/>, exclusive.</summary>
    public int Next(int limit) => (int)(((Next() >> 32) * (ulong)limit) >> 32);
}
