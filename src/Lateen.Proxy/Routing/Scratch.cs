namespace Lateen.Proxy.Routing;

/// <summary>Buffers of the running thread for values that live no longer than one call.</summary>
internal static class Scratch
{
    [ThreadStatic]
    private static ByteBuffer? _joined;

    [ThreadStatic]
    private static ByteBuffer? _formatted;

    [ThreadStatic]
    private static ByteBuffer? _rewritten;

    /// <summary>For values joined from several headers.</summary>
    public static ByteBuffer Joined => Cleared(ref _joined);

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
