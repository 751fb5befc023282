using Lateen.Proxy.Runtime;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.AccessLog;

/// <summary>
/// One access log of a listener, connection manager, router or TCP proxy. Immutable and shared; what a worker gathers
/// is kept per worker. Thread: the worker that is given.
/// </summary>
internal abstract class AccessLogger(AccessLogFilter? filter)
{
    /// <summary>Writes an entry if the filter lets it.</summary>
    public void Log(Worker worker, StreamInfo info, AccessLogType type)
    {
        if (filter is null || filter.IsMatch(info, type))
        {
            Emit(worker, info, type);
        }
    }

    protected abstract void Emit(Worker worker, StreamInfo info, AccessLogType type);
}
