using System.Numerics;

namespace Lateen.Proxy.Runtime;

/// <summary>
/// Streams by the memory that they hold, and the end of the largest ones when memory is short: Envoy's action
/// <c>reset_high_memory_stream</c>. What a stream holds is added up when the question comes, so that nothing is counted
/// with each byte. As there, it knows the streams of HTTP/2 only.
/// </summary>
internal static class StreamClasses
{
    /// <summary>Classes of size, each of twice the size of the one before.</summary>
    internal const int Count = 8;

    /// <summary>Streams that one occasion resets at most, on each worker.</summary>
    private const int ResetCountMax = 50;

    /// <summary>The class of a size; negative: too small for any.</summary>
    /// <param name="bytes">What is held.</param>
    /// <param name="power">The first class begins at half of 2 to this power, as in Envoy.</param>
    internal static int ClassOf(long bytes, int power)
    {
        var units = bytes >> (power - 1);
        return units <= 0 ? -1 : Math.Min(BitOperations.Log2((ulong)units), Count - 1);
    }

    /// <summary>Classes, from the largest down, that go at a degree of the action (0 to 1).</summary>
    internal static int ClassesAt(double state) => Math.Min((int)MathF.Floor((float)state * Count) + 1, Count);

    /// <summary>Resets the streams of the classes that are to go, those of the largest class first.</summary>
    /// <returns>How many.</returns>
    internal static int Reset(Worker worker, double state, int power)
    {
        var streams = new List<Http2ServerStream>();
        foreach (var listener in worker.Listeners)
        {
            listener.CollectStreams(streams);
        }

        var (count, least) = (0, Count - ClassesAt(state));
        for (var wanted = Count - 1; wanted >= least; wanted--)
        {
            for (var i = 0; i < streams.Count && count < ResetCountMax; i++)
            {
                var stream = streams[i];
                if (stream.IsOpen && ClassOf(stream.HeldBytes, power) == wanted)
                {
                    stream.ResetForOverload();
                    count++;
                }
            }
        }

        return count;
    }
}
