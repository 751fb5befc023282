using Lateen.Proxy.Clusters;
using Lateen.Proxy.Exports;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.Stats.Sinks;

/// <summary>statsd over a TCP connection of a cluster.</summary>
internal sealed class StatsdTcpSink(StatsdLines lines, ClusterSlot cluster) : WorkerSink
{
    private TcpOutput? _output;

    protected override IEnumerable<byte[]> Encode(StatsSnapshot snapshot)
    {
        var text = new ByteBuffer(16 * 1024);
        lines.Write(snapshot, line =>
        {
            text.Write(line.Written);
            text.Write((byte)'\n');
        });
        return text.Length > 0 ? [text.ToArray()] : [];
    }

    protected override void Send(Worker worker, byte[] message) =>
        (_output ??= new TcpOutput(worker, cluster)).Send(message);
}
