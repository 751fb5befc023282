using Lateen.Net;
using Lateen.Proxy.Listeners;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Runtime;

/// <content>The listener filters, in order, over the bytes that have come; they consume none but a PROXY
/// header.</content>
internal sealed partial class DownstreamConnection
{
    private const int InspectBytesMax = 64 * 1024;

    private void RunListenerFilters()
    {
        var filters = Listener.ListenerFilters;
        while (_filterIndex < filters.Length)
        {
            var filter = filters[_filterIndex];
            if (!filter.IsDisabledFor(Info.LocalAddress.Port) && !RunListenerFilter(filter))
            {
                return;
            }

            _filterIndex++;
        }

        ChooseChain();
    }

    /// <summary>False when the filter waits for bytes, or has closed the connection.</summary>
    private bool RunListenerFilter(ListenerFilterConfig filter)
    {
        switch (filter.Kind)
        {
            case ListenerFilterKind.OriginalDst:
                RestoreDestination();
                return true;
            case ListenerFilterKind.TlsInspector:
                return InspectTls(filter);
            case ListenerFilterKind.HttpInspector:
                return InspectHttp();
            case ListenerFilterKind.ProxyProtocol:
                return ReadProxyHeader(filter);
            default:
                return true;
        }
    }

    private void RestoreDestination()
    {
        if (Listener.Transparent == true)
        {
            Info.LocalAddressRestored = true;
        }
        else if (Connection.TryGetOriginalDestination(out var destination))
        {
            Info.LocalAddress = NetAddresses.ToAddress(destination);
            Info.LocalAddressRestored = true;
        }
    }

    private bool InspectTls(ListenerFilterConfig filter)
    {
        if (Connection.Input.IsEmpty)
        {
            return false;
        }

        var bytes = Connection.Input.Coalesce(Math.Max(filter.ClientHelloBytesMax, InspectBytesMax) + 1024);
        switch (TlsInspector.Inspect(bytes, out var serverName, out var protocols))
        {
            case InspectResult.NeedMore when bytes.Length <= filter.ClientHelloBytesMax:
                return false;
            case InspectResult.NeedMore:
                Connection.Close(CloseType.NoFlush);
                return false;
            case InspectResult.Found:
                Info.TransportProtocolTls = true;
                Info.RequestedServerName = serverName;
                Info.ApplicationProtocols = protocols;
                return true;
            default:
                return true;
        }
    }

    private bool InspectHttp()
    {
        if (Info.TransportProtocolTls)
        {
            return true;
        }

        if (Connection.Input.IsEmpty)
        {
            return false;
        }

        var result = HttpInspector.Inspect(Connection.Input.Coalesce(InspectBytesMax), out var protocol);
        if (result == InspectResult.NeedMore && Connection.Input.Length < InspectBytesMax)
        {
            return false;
        }

        if (result == InspectResult.Found)
        {
            Info.ApplicationProtocols = protocol;
        }

        return true;
    }

    private bool ReadProxyHeader(ListenerFilterConfig filter)
    {
        if (Connection.Input.IsEmpty)
        {
            return false;
        }

        var bytes = Connection.Input.Coalesce(ProxyProtocol.HeaderBytesMax);
        var result = ProxyProtocol.Read(bytes, out var header);
        switch (result)
        {
            case InspectResult.NeedMore:
                return false;
            case InspectResult.Found:
                Connection.Input.Consume(header.Length);
                if (!header.Source.IsEmpty)
                {
                    Info.RemoteAddress = header.Source;
                    Info.LocalAddress = header.Destination;
                    Info.LocalAddressRestored = true;
                }

                return true;
            case InspectResult.NotFound when filter.AllowRequestsWithoutProxyProtocol:
                return true;
            default:
                Listener.Stats.Add(_worker.Index, ListenerStat.DownstreamListenerFilterError);
                Connection.Close(CloseType.NoFlush);
                return false;
        }
    }
}
