using System.Globalization;
using System.Text;
using Lateen.Net;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Tcp;

namespace Lateen.Proxy.Network;

/// <summary>The filter <c>sni_dynamic_forward_proxy</c>: the name that the client asked for is looked up before
/// <c>tcp_proxy</c> asks a dynamic forward proxy cluster for it.</summary>
internal sealed class SniForwardProxyNetworkFilter(NetworkFilterChain chain, SniForwardProxyConfig config)
    : NetworkFilter
{
    private bool _isWaiting;

    /// <inheritdoc/>
    internal override bool OnNewConnection()
    {
        var info = chain.Downstream.Info;
        var name = info.GetFilterState(TcpProxyConfig.DynamicHostKey) as string
            ?? Encoding.ASCII.GetString(info.RequestedServerName);
        if (name.Length == 0)
        {
            return true;
        }

        if (info.GetFilterState(TcpProxyConfig.DynamicPortKey) is not string text
            || !int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port))
        {
            port = config.Port;
            info.SetFilterState(TcpProxyConfig.DynamicPortKey, port.ToString(CultureInfo.InvariantCulture));
        }

        if (!config.Cache.TryWait())
        {
            chain.Downstream.Connection.Close(CloseType.NoFlush);
            return false;
        }

        _isWaiting = true;
        return Resolve($"{name}:{port}", name, port);
    }

    /// <inheritdoc/>
    internal override void OnClosed() => EndWait();

    private bool Resolve(string key, string name, int port)
    {
        var worker = chain.Downstream.Worker;
        var entry = config.Cache.Find(key) is { IsResolved: true } known ? known : config.Cache.Resolve(
            key, name, port, () => worker.Loop.TryPost(_ => OnResolved(), null));
        if (entry is null)
        {
            EndWait();
            chain.Downstream.Connection.Close(CloseType.NoFlush);
            return false;
        }

        if (!entry.IsResolved)
        {
            return false;
        }

        EndWait();
        return true;
    }

    private void OnResolved()
    {
        if (_isWaiting)
        {
            EndWait();
            chain.ContinueConnect();
        }
    }

    private void EndWait()
    {
        if (_isWaiting)
        {
            _isWaiting = false;
            config.Cache.EndWait();
        }
    }
}
