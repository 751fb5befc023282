using System.Collections.Immutable;
using Lateen.Net;
using Lateen.Proxy.Http;
using Lateen.Proxy.Listeners;
using Lateen.Proxy.Network;
using Lateen.Proxy.Rbac;
using Lateen.Proxy.Stats;
using Lateen.Proxy.Streams;
using Lateen.Proxy.Tcp;

namespace Lateen.Proxy.Runtime;

/// <summary>The network filters of one connection: what comes before the terminal filter may refuse it, hold it up or
/// note something.</summary>
internal sealed class NetworkFilterChain
{
    private readonly NetworkFilter[] _filters;
    private StreamInfo? _stream;
    private int _connectIndex;
    private int _dataIndex;
    private int _held;
    private bool _isConnected;
    private bool _isWaiting;
    private bool _sawEnd;
    private bool _isWriting;
    private readonly bool _isWatched;
    private bool _isIncomplete;

    internal NetworkFilterChain(DownstreamConnection downstream, FilterChain chain)
    {
        Downstream = downstream;
        var configs = Resolve(chain.Filters);
        _filters = BuildFilters(configs);
        _isWatched = Array.Exists(_filters, filter => filter.WatchesBytes);
        downstream.Replace(Build(downstream, configs));
    }

    internal DownstreamConnection Downstream { get; }

    internal TerminalFilter Terminal => Downstream.Terminal;

    /// <summary>The client has ended the connection by a reset.</summary>
    internal bool IsReset { get; private set; }

    /// <summary>Payload bytes that have come.</summary>
    internal long BytesReceived { get; private set; }

    /// <summary>What filters of the connection and its log have in common; made at first use.</summary>
    internal StreamInfo Stream => _stream ??= NewStream();

    internal void Start()
    {
        if (_isIncomplete)
        {
            Downstream.Snapshot.Stats.Add(Downstream.Worker.Index, ListenerStat.NetworkExtensionConfigMissing);
            Downstream.Connection.Close(CloseType.NoFlush);
            return;
        }

        ContinueConnect();
    }

    /// <summary>Goes on with the filter behind the one that waited.</summary>
    internal void ContinueConnect()
    {
        while (_connectIndex < _filters.Length)
        {
            if (!_filters[_connectIndex++].OnNewConnection() || Downstream.Connection.State == ConnectionState.Closed)
            {
                return;
            }
        }

        _isConnected = true;
        Terminal.Start();
        foreach (var filter in _filters)
        {
            filter.OnStarted();
        }

        if (Downstream.Connection.State == ConnectionState.Open && !Downstream.Connection.IsInputEmpty)
        {
            OnData();
        }
    }

    /// <summary>Data may pass the filter that held it.</summary>
    internal void ContinueData()
    {
        if (!_isWaiting)
        {
            return;
        }

        _isWaiting = false;
        _dataIndex++;
        Downstream.Connection.ReadDisable(false);
        if (Downstream.Connection.State == ConnectionState.Closed)
        {
            return;
        }

        OnData();
        if (_sawEnd && !_isWaiting && Downstream.Connection.State != ConnectionState.Closed)
        {
            Terminal.OnEndOfStream();
        }
    }

    internal void OnData()
    {
        var input = Downstream.Connection.Input;
        BytesReceived += input.Length - _held;
        if (input.Length > _held)
        {
            if (_isWatched)
            {
                Watch(input, _held, input.Length - _held, true);
            }

            Terminal.OnReceived(input.Length - _held);
        }

        _held = input.Length;
        if (!_isConnected || _isWaiting || !Terminal.AcceptsData || !PassData())
        {
            return;
        }

        Terminal.OnData();
        _held = input.Length;
    }

    internal void OnEndOfStream()
    {
        _sawEnd = true;
        if (_isWaiting)
        {
            return;
        }

        if (!_isConnected)
        {
            Downstream.Connection.Close(CloseType.NoFlush);
        }
        else if (!Terminal.AcceptsData || PassData())
        {
            Terminal.OnEndOfStream();
        }
    }

    /// <summary>Payload is about to be written to the client.</summary>
    internal void BeforeWrite(BufferChain data, int length)
    {
        if (_isWatched)
        {
            Watch(data, 0, length, false);
        }

        BeforeWrite();
    }

    /// <summary>Payload is about to be written to the client.</summary>
    internal void BeforeWrite()
    {
        if (_isWriting)
        {
            return;
        }

        _isWriting = true;
        foreach (var filter in _filters)
        {
            filter.BeforeWrite();
        }
    }

    /// <summary>Bytes that were counted turned out to be no payload.</summary>
    internal void Discount(int bytes) => BytesReceived -= bytes;

    internal void OnClosed(CloseReason reason)
    {
        IsReset = reason == CloseReason.RemoteReset;
        foreach (var filter in _filters)
        {
            filter.OnClosed();
        }

        Terminal.OnClosed(reason);
    }

    private void Watch(BufferChain data, int from, int count, bool fromClient)
    {
        var copy = System.Buffers.ArrayPool<byte>.Shared.Rent(from + count);
        data.CopyTo(copy.AsSpan(0, from + count));
        foreach (var filter in _filters)
        {
            if (filter.WatchesBytes)
            {
                filter.OnBytes(copy.AsSpan(from, count), fromClient);
            }
        }

        System.Buffers.ArrayPool<byte>.Shared.Return(copy);
    }

    private bool PassData()
    {
        for (var i = 0; i < _filters.Length; i++)
        {
            // Those that have let data pass are asked again, but for one that has just been answered.
            if (i < _dataIndex && !_filters[i].IsAskedAlways)
            {
                continue;
            }

            if (!_filters[i].OnData())
            {
                if (!_filters[i].HoldsIncomplete && Downstream.Connection.State != ConnectionState.Closed)
                {
                    _isWaiting = true;
                    _dataIndex = i;
                    Downstream.Connection.ReadDisable(true);
                }

                return false;
            }
        }

        _dataIndex = _filters.Length;
        return true;
    }

    private StreamInfo NewStream()
    {
        var info = Downstream.Info;
        var stream = new StreamInfo();
        stream.Reset(info);
        stream.StartNanos = info.StartNanos;
        stream.StartUnixNanos = info.StartUnixNanos;
        stream.RandomValue = Downstream.Worker.Random.Next();
        stream.Metadata = info.Metadata;
        return stream;
    }

    /// <summary>The filters with discovered ones as they are now.</summary>
    private ImmutableArray<NetworkFilterConfig> Resolve(ImmutableArray<NetworkFilterConfig> filters)
    {
        ImmutableArray<NetworkFilterConfig>.Builder? resolved = null;
        for (var i = 0; i < filters.Length; i++)
        {
            if (filters[i] is DiscoveredNetworkConfig discovered)
            {
                resolved ??= filters.ToBuilder();
                _isIncomplete |= discovered.Slot.Active is null;
                resolved[i] = discovered.Slot.Active ?? discovered;
            }
        }

        return resolved?.ToImmutable() ?? filters;
    }

    private NetworkFilter[] BuildFilters(ImmutableArray<NetworkFilterConfig> configs)
    {
        List<NetworkFilter>? filters = null;
        foreach (var filter in configs)
        {
            NetworkFilter? made = filter switch
            {
                RbacNetworkFilterConfig rbac => new RbacNetworkFilter(this, rbac),
                SniClusterConfig => new SniClusterNetworkFilter(this),
                SniForwardProxyConfig forward => new SniForwardProxyNetworkFilter(this, forward),
                SetFilterStateConfig state => new SetFilterStateNetworkFilter(this, state),
                ConnectionLimitConfig limit => new ConnectionLimitFilter(this, limit),
                LocalRateLimitNetworkConfig bucket => new LocalRateLimitNetworkFilter(this, bucket),
                ExtAuthzNetworkConfig authz => new ExtAuthzNetworkFilter(this, authz),
                RateLimitNetworkConfig limit => new RateLimitNetworkFilter(this, limit),
                Mongo.MongoProxyConfig mongo => new Mongo.MongoNetworkFilter(this, mongo),
                MetadataExchangeConfig exchange => new MetadataExchangeNetworkFilter(this, exchange),
                PeerMetadataNetworkConfig peer => new PeerMetadataNetworkFilter(this, peer),
                _ => null,
            };
            if (made is not null)
            {
                (filters ??= []).Add(made);
            }
        }

        return filters is null ? [] : [.. filters];
    }

    private TerminalFilter Build(DownstreamConnection downstream, ImmutableArray<NetworkFilterConfig> configs)
    {
        foreach (var filter in configs)
        {
            switch (filter)
            {
                case HttpConnectionManagerConfig manager:
                    return TerminalFilter.Build(downstream, manager);
                case TcpProxyConfig proxy:
                    return new TcpProxySession(this, proxy, configs);
                case Redis.RedisProxyConfig redis:
                    return new Redis.RedisSession(this, redis);
                case DirectResponseConfig direct:
                    return new DirectResponseSession(downstream, direct);
            }
        }

        return new DirectResponseSession(downstream, new DirectResponseConfig());
    }
}
