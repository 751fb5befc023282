namespace Lateen.Proxy.Redis;

/// <summary>Statistics of a Redis proxy, below <c>redis.PREFIX.</c>; those of commands follow.</summary>
internal enum RedisStat
{
    DownstreamCxActive,
    DownstreamCxDrainClose,
    DownstreamCxProtocolError,
    DownstreamCxRxBytesBuffered,
    DownstreamCxRxBytesTotal,
    DownstreamCxTotal,
    DownstreamCxTxBytesBuffered,
    DownstreamCxTxBytesTotal,
    DownstreamRqActive,
    DownstreamRqNoproto,
    DownstreamRqTotal,
    SplitterInvalidRequest,
    SplitterUnsupportedCommand,
}
