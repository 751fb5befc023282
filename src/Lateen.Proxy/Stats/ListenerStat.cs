namespace Lateen.Proxy.Stats;

/// <summary>Counters and gauges of a listener.</summary>
internal enum ListenerStat
{
    DownstreamCxActive,
    DownstreamCxDestroy,
    DownstreamCxOverflow,
    DownstreamCxOverloadReject,
    DownstreamCxTotal,
    DownstreamCxTransportSocketConnectTimeout,
    DownstreamGlobalCxOverflow,
    DownstreamListenerFilterError,
    DownstreamListenerFilterRemoteClose,
    DownstreamPreCxActive,
    DownstreamPreCxTimeout,
    ExtensionConfigMissing,
    NetworkExtensionConfigMissing,
    NoFilterChainMatch,
}
