namespace Lateen.Proxy.Redis;

/// <summary>How a command is carried out.</summary>
internal enum RedisHandler
{
    /// <summary>Sent to the host of its first argument.</summary>
    Simple,

    /// <summary>Sent to the host of its third argument, the first key of a script.</summary>
    Eval,

    /// <summary>Sent to the host of its second argument.</summary>
    Object,

    /// <summary>One <c>get</c> for each key.</summary>
    GetEach,

    /// <summary>One <c>set</c> for each pair.</summary>
    SetEach,

    /// <summary>The same command for each key; the numbers of the answers are added.</summary>
    SumEach,

    /// <summary>Sent to all hosts.</summary>
    AllHosts,

    /// <summary>Sent to any host.</summary>
    AnyHost,

    /// <summary>Sent to the host of a number.</summary>
    HostByIndex,

    /// <summary>Begins, ends or guards a transaction.</summary>
    Transaction,

    /// <summary>Answered here: version and rights of the connection.</summary>
    Hello,
}
