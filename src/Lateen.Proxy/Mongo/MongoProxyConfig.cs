using Lateen.Proxy.AccessLog;
using Lateen.Proxy.Listeners;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Mongo;

/// <summary>The network filter <c>mongo_proxy</c>: counts what it sees pass.</summary>
internal sealed class MongoProxyConfig : NetworkFilterConfig
{
    /// <summary>Envoy's names, in the order of <see cref="MongoStat"/>.</summary>
    private const string Names = "cx_destroy_local_with_active_rq cx_destroy_remote_with_active_rq cx_drain_close "
        + "decoding_error delays_injected op_command op_command_reply op_get_more op_insert op_kill_cursors op_query "
        + "op_query_await_data op_query_exhaust op_query_multi_get op_query_no_cursor_timeout "
        + "op_query_no_max_time op_query_scatter_get op_query_tailable_cursor op_reply op_reply_cursor_not_found "
        + "op_reply_query_failure op_reply_valid_cursor";

    private readonly StatsScope _scope;
    private readonly int[] _stats;
    private readonly int _active;

    public MongoProxyConfig(StatsScope scope)
    {
        _scope = scope;
        _stats = [.. Names.Split(' ').Select(name => scope.GetOrAdd(name))];
        _active = scope.GetOrAdd("op_query_active", StatKind.Gauge);
    }

    /// <summary>Connections whose messages are written down.</summary>
    public static FractionalPercent ConnectionLogShare { get; } = new(100, 100, "mongo.connection_logging_enabled");

    /// <summary>Messages of these that are.</summary>
    public static FractionalPercent LogShare { get; } = new(100, 100, "mongo.logging_enabled");

    /// <summary>Where messages are written down; null: nowhere. Source: <c>MongoProxy.access_log</c>.</summary>
    public AccessLogFile? Log { get; init; }

    /// <summary>Commands that are counted by their name.</summary>
    public HashSet<string> Commands { get; init; } = ["delete", "insert", "update"];

    /// <summary>Tells operations by collection in dynamic metadata.</summary>
    public bool EmitsMetadata { get; init; }

    /// <summary>Nanoseconds that operations are held up; zero: they are not.</summary>
    public long DelayNanos { get; init; }

    /// <summary>Operations that are held up; the runtime may say otherwise.</summary>
    public FractionalPercent DelayShare { get; init; } = new(0, 100);

    /// <summary>How long an operation is held up; zero: it goes at once.</summary>
    public long DelayNanosAt(ulong random)
    {
        if (DelayNanos == 0 || !DelayShare.IsHit(random, RuntimeSettings.Current))
        {
            return 0;
        }
        return (long)RuntimeSettings.Current.GetNumber("mongo.fault.fixed_delay.duration_ms", DelayNanos / 1e6)
            * 1_000_000;
    }

    public void Count(int worker, MongoStat stat) => _scope.Add(worker, _stats[(int)stat]);

    public void CountActive(int worker, int change) => _scope.Add(worker, _active, change);

    /// <summary>Counts what has a name of its own: a command, a collection or a place in the code.</summary>
    public void CountNamed(int worker, string name) => _scope.Add(worker, _scope.GetOrAdd(name));
}
