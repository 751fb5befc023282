using Lateen.Proxy.Stats;

namespace Lateen.Proxy.ExtProc;

/// <summary>Counters below <c>ext_proc.</c>.</summary>
internal sealed class ExtProcStats(StatsScope scope, string prefix)
{
    private readonly int[] _stats = [.. Enum.GetValues<ExtProcStat>().Select(stat =>
        scope.GetOrAdd(prefix + System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(stat.ToString())))];

    public void Count(int worker, ExtProcStat stat) => scope.Add(worker, _stats[(int)stat]);
}

/// <summary>What is counted.</summary>
internal enum ExtProcStat
{
    StreamsStarted,
    StreamMsgsSent,
    StreamMsgsReceived,
    SpuriousMsgsReceived,
    StreamsClosed,
    StreamsFailed,
    FailureModeAllowed,
    MessageTimeouts,
    RejectedHeaderMutations,
    OverrideMessageTimeoutReceived,
    OverrideMessageTimeoutIgnored,
    ClearRouteCacheIgnored,
    ClearRouteCacheDisabled,
    ImmediateResponsesSent,
    ServerHalfClosed,
    HttpNotOkRespReceived,
}
