using Envoy.Config.Listener.V3;
using Envoy.Extensions.Filters.Listener.HttpInspector.V3;
using Envoy.Extensions.Filters.Listener.OriginalDst.V3;
using Envoy.Extensions.Filters.Listener.OriginalSrc.V3;
using Envoy.Extensions.Filters.Listener.ProxyProtocol.V3;
using Envoy.Extensions.Filters.Listener.TlsInspector.V3;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Lateen.Pilot.Listeners;

/// <summary>Listener filters, each made anew because a listener may limit one to some ports.</summary>
internal static class ListenerFilters
{
    /// <summary>Mark of packets whose source is the client's address (TPROXY).</summary>
    private const uint OriginalSrcMark = 1337;

    /// <summary>Bytes of the first read; enough for most client hellos.</summary>
    private const uint InitialReadBufferSize = 512;

    internal static ListenerFilter OriginalDst()
    {
        return Pack(ListenerFilterNames.OriginalDst, new OriginalDst());
    }

    internal static ListenerFilter OriginalSrc()
    {
        return Pack(ListenerFilterNames.OriginalSrc, new OriginalSrc { Mark = OriginalSrcMark });
    }

    internal static ListenerFilter TlsInspector()
    {
        return Pack(ListenerFilterNames.TlsInspector,
            new TlsInspector { InitialReadBufferSize = InitialReadBufferSize });
    }

    internal static ListenerFilter HttpInspector()
    {
        return Pack(ListenerFilterNames.HttpInspector, new HttpInspector());
    }

    internal static ListenerFilter ProxyProtocol()
    {
        return Pack(ListenerFilterNames.ProxyProtocol, new ProxyProtocol());
    }

    private static ListenerFilter Pack(string name, IMessage config)
    {
        return new ListenerFilter { Name = name, TypedConfig = Any.Pack(config) };
    }
}
