namespace Lateen.Proxy.Streams;

/// <summary>
/// The objects that an upstream connection takes over from the connection and stream that it is opened for. Hashable
/// ones are part of what makes a pool: a connection that carries one identity is never used for another.
/// </summary>
internal sealed class SharedFilterState
{
    private readonly SharedObject[] _objects;

    private SharedFilterState(SharedObject[] objects) => _objects = objects;

    /// <summary>What a stream of a connection shares; null when nothing, which costs nothing.</summary>
    public static SharedFilterState? Of(FilterState? connection, FilterState? stream) =>
        connection is { HasShared: true } || stream is { HasShared: true } ? Collect(connection, stream) : null;

    /// <summary>Whether both may use one pool's connections.</summary>
    public static bool FitSamePool(SharedFilterState? a, SharedFilterState? b)
    {
        if (ReferenceEquals(a, b))
        {
            return true;
        }
        return Covers(a, b) && Covers(b, a);
    }

    /// <summary>Puts the objects into a new connection's filter state; what was shared once is so no more.</summary>
    public void ApplyTo(FilterState target)
    {
        foreach (var entry in _objects)
        {
            target.Set(entry.Sharing == FilterStateSharing.Transitive
                ? entry
                : entry with { Sharing = FilterStateSharing.None });
        }
    }

    private static SharedFilterState Collect(FilterState? connection, FilterState? stream)
    {
        var objects = new List<SharedObject>();
        stream?.AddShared(objects);
        connection?.AddShared(objects);
        for (var i = objects.Count - 1; i > 0; i--)
        {
            var key = objects[i].Key;
            if (objects.FindIndex(entry => entry.Key == key) < i)
            {
                objects.RemoveAt(i);
            }
        }
        return new SharedFilterState([.. objects]);
    }

    /// <summary>Every hashable object of <paramref name="a"/> is in <paramref name="b"/>, and equal.</summary>
    private static bool Covers(SharedFilterState? a, SharedFilterState? b)
    {
        foreach (var entry in a?._objects ?? [])
        {
            if (entry.IsHashable && !Equals(b?.FindHashable(entry.Key), entry.Value))
            {
                return false;
            }
        }
        return true;
    }

    private object? FindHashable(string key)
    {
        foreach (var entry in _objects)
        {
            if (entry.IsHashable && entry.Key == key)
            {
                return entry.Value;
            }
        }
        return null;
    }
}
