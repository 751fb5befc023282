namespace Lateen.Proxy.Runtime;

/// <summary>A place in a pool's queue of requests that wait for a connection. Part of its owner, reused.</summary>
internal sealed class PendingStream(IUpstreamCallbacks callbacks)
{
    internal IUpstreamCallbacks Callbacks { get; } = callbacks;

    internal UpstreamPool? Pool { get; set; }

    internal PendingStream? Next { get; set; }

    internal PendingStream? Previous { get; set; }
}
