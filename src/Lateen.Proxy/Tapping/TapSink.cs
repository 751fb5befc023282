namespace Lateen.Proxy.Tapping;

/// <summary>Where traces go.</summary>
internal abstract class TapSink
{
    /// <summary>Takes a trace or a piece of one. Thread: any; does not wait.</summary>
    /// <param name="id">Tells the streams or connections apart.</param>
    /// <param name="format">What <paramref name="bytes"/> are.</param>
    /// <param name="bytes">The message.</param>
    public abstract void Append(ulong id, TapFormat format, byte[] bytes);
}
