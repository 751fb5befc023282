namespace Lateen.Proxy.Redis;

/// <summary>Counters of one command, below <c>redis.PREFIX.command.NAME.</c></summary>
internal enum RedisCommandStat
{
    DelayFault,
    Error,
    ErrorFault,
    Success,
    Total,
}
