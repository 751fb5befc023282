using Lateen.Net;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Tapping;

/// <summary>The transport socket <c>tap</c>, which stands around another one. Source:
/// <c>transport_sockets.tap.v3.Tap</c>.</summary>
internal sealed class SocketTapConfig
{
    private readonly int _sampledOut;

    public SocketTapConfig(TapSlot slot, bool tellsConnection, StatsScope stats)
    {
        Slot = slot;
        TellsConnection = tellsConnection;
        Stats = stats;
        StreamedSubmit = stats.GetOrAdd("streamed_submit");
        BufferedSubmit = stats.GetOrAdd("buffered_submit");
        _sampledOut = stats.GetOrAdd("cx_sampled_out");
    }

    public TapSlot Slot { get; }

    /// <summary>Each streamed event tells the connection's addresses.</summary>
    public bool TellsConnection { get; }

    internal StatsScope Stats { get; }

    internal int StreamedSubmit { get; }

    internal int BufferedSubmit { get; }

    /// <summary>Begins to look at a connection, if it is to be tapped.</summary>
    /// <param name="worker">The connection's.</param>
    /// <param name="connection">Connected or about to be.</param>
    /// <param name="id">Tells the connections apart.</param>
    public void Attach(Worker worker, Connection connection, ulong id)
    {
        if (Slot.Current is not { } config)
        {
            return;
        }

        if (config.Enabled is { } share && !share.IsHit(worker.Random.Next(), RuntimeSettings.Current))
        {
            Stats.Add(worker.Index, _sampledOut);
            return;
        }

        if (config.Match.FitsConnections)
        {
            connection.Tap = new SocketTap(this, config, worker, connection, id);
        }
    }
}
