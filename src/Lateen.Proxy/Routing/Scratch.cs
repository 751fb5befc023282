namespace Lateen.Proxy.Routing;

/// <summary>Buffers of the running thread for values that live no longer than one call.</summary>
internal static class Scratch
{
    [ThreadStatic]
    private static ByteBuffer? _formatted;

    [ThreadStatic]
    private static ByteBuffer? _rewritten;

    [ThreadStatic]
    private static ByteBuffer? _matched;

    /// <summary>For values that a matcher looks at.</summary>
    public static ByteBuffer Matched => Cleared(ref _matched);

    /// <summary>For formatted values.</summary>
    public static ByteBuffer Formatted => Cleared(ref _formatted);

    /// <summary>For rewritten paths and hosts.</summary>
    public static ByteBuffer Rewritten => Cleared(ref _rewritten);

    private static ByteBuffer Cleared(ref ByteBuffer? buffer)
    {
        buffer ??= new ByteBuffer(1024);
        buffer.Clear();
        return buffer;
    }
}
