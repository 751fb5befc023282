namespace Lateen.Proxy.Stats.Sinks;

/// <summary>Where statistics are sent. Thread: the flusher's.</summary>
internal abstract class StatsSink : IDisposable
{
    /// <summary>Sends a flush; must not block.</summary>
    public abstract void Flush(StatsSnapshot snapshot);

    public virtual void Dispose()
    {
    }
}
