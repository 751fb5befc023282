using System.Buffers.Binary;
using System.Globalization;
using Lateen.Net;
using Lateen.Proxy.Network;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.Mongo;

/// <summary>Reads along both ways of a connection. After the first thing that it does not understand it looks no
/// more, and the bytes pass as before.</summary>
internal sealed class MongoNetworkFilter(NetworkFilterChain chain, MongoProxyConfig config)
    : NetworkFilter, ITimerTarget
{
    /// <summary>Bytes of one message kept until it is whole; a longer one ends the looking.</summary>
    private const int MessageBytesMax = 64 * 1024 * 1024;

    /// <summary>Queries without an answer that are remembered.</summary>
    private const int QueriesMax = 10_000;

    private readonly List<int> _queries = [];
    private readonly List<byte> _fromClient = [];
    private readonly List<byte> _fromServer = [];
    // Asked once for a connection.
    private readonly bool _isLogging = config.Log is not null && MongoProxyConfig.ConnectionLogShare.IsHit(
        chain.Downstream.Worker.Random.Next(), RuntimeSettings.Current);
    private ByteBuffer? _line;
    private bool _isBlind;
    private LoopTimer? _timer;
    private bool _isDelayed;

    /// <inheritdoc/>
    internal override bool WatchesBytes => true;

    /// <inheritdoc/>
    internal override bool IsAskedAlways => true;

    /// <inheritdoc/>
    internal override bool OnData() => !_isDelayed;

    void ITimerTarget.OnTimer(LoopTimer timer)
    {
        _isDelayed = false;
        chain.ContinueData();
    }

    private int Worker => chain.Downstream.Worker.Index;

    /// <inheritdoc/>
    internal override void OnBytes(ReadOnlySpan<byte> bytes, bool fromClient)
    {
        if (_isBlind)
        {
            return;
        }
        var pending = fromClient ? _fromClient : _fromServer;
        pending.AddRange(bytes);
        var all = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(pending);
        var done = 0;
        while (!_isBlind && all.Length - done >= MongoMessage.HeaderBytes)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(all[done..]);
            if (length is < 0 or > MessageBytesMax)
            {
                // Envoy waits for it, however long it says to be.
                _isBlind = true;
                break;
            }

            if (length < MongoMessage.HeaderBytes)
            {
                GoBlind();
            }
            else if (all.Length - done < length)
            {
                break;
            }
            else if (MongoMessage.Read(all.Slice(done, length)) is not { } message)
            {
                GoBlind();
            }
            else
            {
                Log(all.Slice(done, length));
                if (!TryCount(message))
                {
                    GoBlind();
                }
            }
            done += length;
        }
        if (_isBlind)
        {
            _fromClient.Clear();
            _fromServer.Clear();
        }
        else
        {
            pending.RemoveRange(0, done);
        }
    }

    /// <inheritdoc/>
    internal override void OnClosed()
    {
        _timer?.Remove();
        if (_queries.Count == 0)
        {
            return;
        }
        config.Count(Worker, chain.IsReset
            ? MongoStat.CxDestroyRemoteWithActiveRq
            : MongoStat.CxDestroyLocalWithActiveRq);
        config.CountActive(Worker, -_queries.Count);
        _queries.Clear();
    }

    /// <summary>A line for each message, as long as the runtime does not say otherwise.</summary>
    private void Log(ReadOnlySpan<byte> message)
    {
        var worker = chain.Downstream.Worker;
        if (config.Log is not { } log || !_isLogging || !MongoProxyConfig.LogShare.IsHit(
            worker.Random.Next(), RuntimeSettings.Current))
        {
            return;
        }
        var line = _line ??= new ByteBuffer();
        line.Clear();
        line.Write("{\"time\": \""u8);
        line.Write(DateTime.UnixEpoch.AddTicks(worker.Loop.UnixNanos / 100)
            .ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
        line.Write("\", \"message\": "u8);
        MongoText.Write(line, message);
        line.Write(", \"upstream_host\": \""u8);
        line.Write(chain.Stream.UpstreamHost is { } host ? host.AddressText : "-"u8);
        line.Write("\"}\n"u8);
        log.Write(line.Written);
    }

    private void GoBlind()
    {
        config.Count(Worker, MongoStat.DecodingError);
        _isBlind = true;
    }

    /// <summary>What the client sends next waits. One delay at a time; operations of either side begin one, as in
    /// Envoy.</summary>
    private void Delay()
    {
        if (_isDelayed || config.DelayNanosAt(chain.Downstream.Worker.Random.Next()) is not (> 0 and var nanos))
        {
            return;
        }
        config.Count(Worker, MongoStat.DelaysInjected);
        _isDelayed = true;
        _timer ??= new LoopTimer(chain.Downstream.Worker.Loop.Timers, this);
        _timer.Start((nanos + 999_999) / 1_000_000);
    }

    private bool TryCount(MongoMessage message)
    {
        if (message.Operation is MongoOperation.Query or MongoOperation.Insert or MongoOperation.GetMore
            or MongoOperation.KillCursors)
        {
            Delay();
        }
        switch (message.Operation)
        {
            case MongoOperation.Query:
                return TryCountQuery(message);
            case MongoOperation.Reply:
                CountReply(message);
                return true;
            case MongoOperation.Insert:
                config.Count(Worker, MongoStat.OpInsert);
                Tell(message, "insert");
                return true;
            default:
                config.Count(Worker, message.Operation switch
                {
                    MongoOperation.GetMore => MongoStat.OpGetMore,
                    MongoOperation.KillCursors => MongoStat.OpKillCursors,
                    MongoOperation.Command => MongoStat.OpCommand,
                    _ => MongoStat.OpCommandReply,
                });
                return true;
        }
    }

    private bool TryCountQuery(MongoMessage message)
    {
        config.Count(Worker, MongoStat.OpQuery);
        CountFlag(message, 1 << 1, MongoStat.OpQueryTailableCursor);
        CountFlag(message, 1 << 4, MongoStat.OpQueryNoCursorTimeout);
        CountFlag(message, 1 << 5, MongoStat.OpQueryAwaitData);
        CountFlag(message, 1 << 6, MongoStat.OpQueryExhaust);
        if (MongoQuery.From(message) is not { } query)
        {
            return false;
        }
        Tell(message, "query");
        if (query.Command.Length > 0)
        {
            var known = config.Commands.Contains(query.Command) ? query.Command : "unknown_command";
            config.CountNamed(Worker, $"cmd.{known}.total");
        }
        else
        {
            CountSearch(query);
        }
        if (_queries.Count < QueriesMax)
        {
            _queries.Add(message.RequestId);
            config.CountActive(Worker, 1);
        }
        return true;
    }

    private void CountSearch(MongoQuery query)
    {
        var names = query.Callsite.Length == 0
            ? [$"collection.{query.Collection}.query."]
            : new[]
            {
                $"collection.{query.Collection}.query.",
                $"collection.{query.Collection}.callsite.{query.Callsite}.query.",
            };
        foreach (var name in names)
        {
            config.CountNamed(Worker, name + "total");
            if (query.IsScatterGet || query.IsMultiGet)
            {
                config.CountNamed(Worker, name + (query.IsScatterGet ? "scatter_get" : "multi_get"));
            }
        }
        if (query.TimeMillisMax < 1)
        {
            config.Count(Worker, MongoStat.OpQueryNoMaxTime);
        }
        if (query.IsScatterGet || query.IsMultiGet)
        {
            config.Count(Worker, query.IsScatterGet ? MongoStat.OpQueryScatterGet : MongoStat.OpQueryMultiGet);
        }
    }

    private void CountReply(MongoMessage message)
    {
        config.Count(Worker, MongoStat.OpReply);
        CountFlag(message, 1, MongoStat.OpReplyCursorNotFound);
        CountFlag(message, 1 << 1, MongoStat.OpReplyQueryFailure);
        if (message.CursorId != 0)
        {
            config.Count(Worker, MongoStat.OpReplyValidCursor);
        }
        if (_queries.Remove(message.ResponseTo))
        {
            config.CountActive(Worker, -1);
        }
    }

    private void CountFlag(MongoMessage message, int flag, MongoStat stat)
    {
        if ((message.Flags & flag) != 0)
        {
            config.Count(Worker, stat);
        }
    }

    private void Tell(MongoMessage message, string operation)
    {
        if (config.EmitsMetadata)
        {
            var info = chain.Downstream.Info;
            (info.Metadata ??= new Streams.DynamicMetadata()).Set(
                "envoy.filters.network.mongo_proxy", message.FullCollection, new object?[] { operation });
        }
    }
}
