using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.Stats.Sinks;

/// <summary>A sink behind one of the proxy's clusters: a worker sends for it.</summary>
internal abstract class WorkerSink : StatsSink
{
    private Worker? _worker;

    /// <summary>The worker that sends; none before the proxy runs.</summary>
    public void Attach(Worker worker) => Volatile.Write(ref _worker, worker);

    public override void Flush(StatsSnapshot snapshot)
    {
        if (Volatile.Read(ref _worker) is not { } worker)
        {
            return;
        }
        foreach (var message in Encode(snapshot))
        {
            worker.Loop.TryPost(_ => Send(worker, message), null);
        }
    }

    protected abstract IEnumerable<byte[]> Encode(StatsSnapshot snapshot);

    /// <summary>Thread: the worker's.</summary>
    protected abstract void Send(Worker worker, byte[] message);
}
