using Lateen.Net;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Exports;

/// <summary>A connection of one worker to a host of a cluster on which bytes only go out. Opened with the first ones,
/// and again after it has broken; bytes beyond 16 MiB that wait are dropped.</summary>
internal sealed class TcpOutput(Worker worker, ClusterSlot slot) : IConnectionCallbacks
{
    private const int WaitingBytesMax = 16 * 1024 * 1024;

    private readonly BufferChain _waiting = new(worker.Loop.Buffers);
    private Connection? _connection;
    private Cluster? _cluster;
    private bool _isConnected;

    public void Send(ReadOnlySpan<byte> bytes)
    {
        if (_connection is null && !TryConnect())
        {
            return;
        }

        if (!_isConnected)
        {
            if (_waiting.Length + bytes.Length <= WaitingBytesMax)
            {
                _waiting.Append(bytes);
            }

            return;
        }

        if (_connection!.Output.Length + bytes.Length <= WaitingBytesMax)
        {
            _connection.Output.Append(bytes);
            _connection.Send();
        }
    }

    public void OnConnected(Connection connection)
    {
        _isConnected = true;
        _waiting.MoveTo(connection.Output, _waiting.Length);
        connection.Send();
    }

    public void OnData(Connection connection) => connection.Input.Consume(connection.Input.Length);

    public void OnEndOfStream(Connection connection) => connection.Close(CloseType.NoFlush);

    public void OnAboveHighWatermark(Connection connection)
    {
    }

    public void OnBelowLowWatermark(Connection connection)
    {
    }

    public void OnClosed(Connection connection, CloseReason reason)
    {
        _cluster?.Stats.Add(worker.Index, ClusterStat.UpstreamCxActive, -1);
        _cluster?.Stats.Add(worker.Index, ClusterStat.UpstreamCxDestroy);
        _connection = null;
        _isConnected = false;
        _waiting.Clear();
    }

    private bool TryConnect()
    {
        _cluster = slot.Current;
        if (_cluster?.PickHost(worker.Index, new LoadBalancerContext()) is not { } host)
        {
            return false;
        }

        _connection = UpstreamConnector.Connect(worker, host, this, default, out _);
        if (_connection is null)
        {
            return false;
        }

        _cluster.Stats.Add(worker.Index, ClusterStat.UpstreamCxTotal);
        _cluster.Stats.Add(worker.Index, ClusterStat.UpstreamCxActive);
        return true;
    }
}
