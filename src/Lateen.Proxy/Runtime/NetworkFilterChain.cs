using System.Text;
using Lateen.Net;
using Lateen.Proxy.Http;
using Lateen.Proxy.Listeners;
using Lateen.Proxy.Tcp;

namespace Lateen.Proxy.Runtime;

/// <summary>The network filters of one connection: what comes before the terminal filter may refuse or note
/// something.</summary>
internal sealed class NetworkFilterChain
{
    private readonly DownstreamConnection _downstream;
    private readonly FilterChain _chain;
    private bool _sawData;

    internal NetworkFilterChain(DownstreamConnection downstream, FilterChain chain)
    {
        _downstream = downstream;
        _chain = chain;
        Terminal = Build(downstream, chain);
    }

    internal TerminalFilter Terminal { get; private set; }

    internal void Start()
    {
        foreach (var filter in _chain.Filters)
        {
            if (filter is SniClusterConfig && _downstream.Info.RequestedServerName.Length > 0)
            {
                _downstream.Info.SetFilterState(
                    TcpProxyConfig.ClusterKey, Encoding.ASCII.GetString(_downstream.Info.RequestedServerName));
            }
        }

        Terminal.Start();
    }

    internal void OnData()
    {
        if (!_sawData)
        {
            _sawData = true;
            if (!AllowsFirstByte())
            {
                return;
            }
        }

        Terminal.OnData();
    }

    internal void OnEndOfStream()
    {
        if (!_sawData)
        {
            _sawData = true;
            if (!AllowsFirstByte())
            {
                return;
            }
        }

        Terminal.OnEndOfStream();
    }

    /// <summary>The terminal filter knows better now who is to own the bytes.</summary>
    internal void Replace(TerminalFilter terminal) => Terminal = terminal;

    internal void OnClosed(CloseReason reason) => Terminal.OnClosed(reason);

    /// <summary>Policies are looked at when the first byte comes, so that a server may speak first.</summary>
    private bool AllowsFirstByte()
    {
        foreach (var filter in _chain.Filters)
        {
            if (!NetworkPolicies.Allows(filter, _downstream))
            {
                _downstream.Connection.Close(CloseType.NoFlush);
                return false;
            }
        }

        return true;
    }

    private TerminalFilter Build(DownstreamConnection downstream, FilterChain chain)
    {
        foreach (var filter in chain.Filters)
        {
            switch (filter)
            {
                case HttpConnectionManagerConfig manager:
                    return BuildCodec(downstream, manager);
                case TcpProxyConfig proxy:
                    return new TcpProxySession(downstream, proxy, chain.Filters);
                case DirectResponseConfig direct:
                    return new DirectResponseSession(downstream, direct);
            }
        }

        return new DirectResponseSession(downstream, new DirectResponseConfig());
    }

    private TerminalFilter BuildCodec(DownstreamConnection downstream, HttpConnectionManagerConfig manager) =>
        manager.Codec switch
        {
            CodecType.Http1 => new Http1ServerConnection(downstream, manager),
            CodecType.Http2 => new Http2ServerConnection(downstream, manager),
            _ => new AutoServerConnection(downstream, this, manager),
        };
}
