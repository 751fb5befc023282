using System.Net;

namespace Lateen.Local.Loopback;

/// <summary>The ready endpoints behind one address. Thread: any.</summary>
internal sealed class ForwarderTarget
{
    private IPEndPoint[] _endpoints = [];
    private uint _next;

    public IPEndPoint[] Endpoints
    {
        get => Volatile.Read(ref _endpoints);
        set => Volatile.Write(ref _endpoints, value);
    }

    /// <summary>One after the other; null when there is none.</summary>
    public IPEndPoint? Choose()
    {
        var endpoints = Endpoints;
        return endpoints.Length == 0 ? null : endpoints[Interlocked.Increment(ref _next) % (uint)endpoints.Length];
    }
}
