using Lateen.Proxy.Routing;

namespace Lateen.Proxy.Redis;

/// <summary>Another cluster that gets a copy of commands; its answers are dropped.</summary>
internal sealed record RedisMirror(RedisUpstream Upstream, FractionalPercent? Share, bool ExcludesReads)
{
    internal bool Takes(RedisCommand command, ulong random) => !(ExcludesReads && !command.IsWrite)
        && (Share is not { } share || share.IsHit(random, RuntimeSettings.Current));
}
