namespace Lateen.Proxy.Redis;

/// <summary>What a look at the bytes of a frame has shown.</summary>
internal enum RespStatus
{
    NeedMore,
    Done,
    Invalid,
}
