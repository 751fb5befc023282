using Google.Protobuf;
using Lateen.Core;
using Lateen.Core.Logging;
using Lateen.Net;
using Lateen.Proxy;
using Lateen.Simulation.Tests.Network;
using Lateen.TestKit;
using Lateen.Xds;

namespace Lateen.Simulation.Tests.DataPath;

/// <summary>
/// The whole proxy with clients and upstreams on a simulated network. First all may go wrong that a seed chose; then
/// the network is calm, nothing new comes, and everything has to end: requests, connections, timers, buffers.
/// </summary>
internal sealed class World : IDisposable
{
    private const int FailuresMax = 20;
    private const int StepsMax = 2_000_000;

    private readonly List<Exchange> _exchanges = [];
    private readonly List<IDisposable> _upstreams = [];
    private readonly List<string> _log = [];
    private readonly ProxyConfiguration _configuration;
    private readonly ProxyServer _server;
    private readonly NetworkWeather _weather;
    private readonly int _clientCount;
    private int _clientsBegun;
    private int _clientsOver;
    private int _version;
    private bool _isDraining;

    public World(int seed)
    {
        Random = new Random(seed);
        Clock = new VirtualClock();
        Network = new SimulatedNetwork(Random, Clock);
        SimulatedKernel.Current = Network;
        IsWild = Random.Next(5) != 0;
        _weather = IsWild ? Bad() : NetworkWeather.Calm;
        Network.Weather = _weather;
        _clientCount = 4 + Random.Next(10);
        _configuration = new ProxyConfiguration(Random, IsWild);
        ClientLoop = Add(new EventLoop(Clock));
        UpstreamLoop = Add(new EventLoop(Clock));
        List<ConfigError> errors = [];
        var options = new ProxyOptions
        {
            Concurrency = 1 + Random.Next(3),
            RandomSeed = (ulong)seed + 1,
            DrainTime = TimeSpan.FromSeconds(5),
            IsStepped = true,
        };
        _server = ProxyServer.Create(new() { Node = new() { Id = "sim", Cluster = "sim" } }, options, Clock,
            LogSink.None, errors) ?? throw new InvalidOperationException(string.Join("; ", errors));
        _log.AddRange(_server.Start().Select(error => error.ToString()));
        Configure();
        Listen();
        _server.Runtime.AllWorkers.ToList().ForEach(worker => Add(worker.Loop));
    }

    public static NetAddress HttpAddress => NetAddress.V4(0x7F000001, ProxyConfiguration.HttpPort);

    public static NetAddress TcpAddress => NetAddress.V4(0x7F000001, ProxyConfiguration.TcpPort);

    public Random Random { get; }

    public VirtualClock Clock { get; }

    public SimulatedNetwork Network { get; }

    public EventLoop ClientLoop { get; }

    public EventLoop UpstreamLoop { get; }

    /// <summary>Whether peers and network misbehave.</summary>
    public bool IsWild { get; }

    /// <summary>What went against the rules.</summary>
    public IReadOnlyList<string> Failures => _log;

    public IReadOnlyList<Exchange> Exchanges => _exchanges;

    public static byte[] RequestBytes(Exchange exchange, int from, int count)
    {
        var bytes = new byte[count];
        for (var i = 0; i < count; i++)
        {
            bytes[i] = Exchange.RequestByte(exchange.Id, from + i);
        }

        return bytes;
    }

    public static byte[] ResponseBytes(int id, int from, int count)
    {
        var bytes = new byte[count];
        for (var i = 0; i < count; i++)
        {
            bytes[i] = Exchange.ResponseByte(id, from + i);
        }

        return bytes;
    }

    public static string Path(Exchange exchange) => $"/{exchange.Clusters}/{exchange.Id}";

    public Exchange Find(int id) => _exchanges[id];

    public Exchange Begin(int requestBytes, bool isHead, string? clusters = null)
    {
        var exchange = new Exchange(_exchanges.Count, clusters ?? Random.Next(3) switch
        {
            0 => "a",
            1 => "b",
            _ => "ab",
        }, requestBytes)
        {
            IsHead = isHead,
        };
        _exchanges.Add(exchange);
        return exchange;
    }

    /// <summary>Mostly small, sometimes more than any buffer.</summary>
    public int BodyBytes() => Random.Next(5) switch
    {
        0 => 1 + Random.Next(200_000),
        1 => 1 + Random.Next(20_000),
        _ => 1 + Random.Next(600),
    };

    public void Check(string? failure)
    {
        if (failure is not null && _log.Count < FailuresMax)
        {
            _log.Add(failure);
        }
    }

    public void OnClientOver() => _clientsOver++;

    /// <summary>The whole life of the world.</summary>
    public void Run()
    {
        Network.Trace?.Invoke(_configuration.Text);
        for (var i = 0; i < _clientCount; i++)
        {
            Network.After(TimeSpan.FromMilliseconds(Random.Next(8000)), StartClient);
        }

        for (var i = Random.Next(4); i > 0; i--)
        {
            Network.After(TimeSpan.FromMilliseconds(Random.Next(10_000)), Change);
        }

        RunFor(TimeSpan.FromSeconds(12), () => false);
        Network.Weather = NetworkWeather.Calm;
        RunFor(TimeSpan.FromMinutes(3), () => _clientsBegun == _clientCount && _clientsOver == _clientCount);
        RunFor(TimeSpan.FromMinutes(1), () => false);
        Check(_clientsOver == _clientCount ? null : $"{_clientCount - _clientsOver} clients are not done");
        _log.AddRange(Verdict.OnExchanges(this, _isDraining));
        _log.AddRange(Verdict.OnQuiet(_server));
        End();
    }

    public void Dispose()
    {
        foreach (var upstream in _upstreams)
        {
            upstream.Dispose();
        }

        ClientLoop.Dispose();
        UpstreamLoop.Dispose();
        SimulatedKernel.Current = null;
    }

    private NetworkWeather Bad() => new()
    {
        LatencyMicrosMax = 1 + Random.Next(20_000),
        ResetChance = Random.Next(2) * Random.Next(60),
        StallChance = Random.Next(2) * Random.Next(10),
        RefuseChance = Random.Next(2) * Random.Next(100),
        VanishChance = Random.Next(2) * Random.Next(60),
        NarrowChance = Random.Next(500),
    };

    private EventLoop Add(EventLoop loop)
    {
        Network.Add(loop);
        return loop;
    }

    private void StartClient()
    {
        _clientsBegun++;
        _ = Random.Next(5) switch
        {
            0 => (Actor)new TcpClient(this),
            1 or 2 => new Http2Client(this),
            _ => new Http1Client(this),
        };
        ClientLoop.Flush();
    }

    /// <summary>Another configuration, or the listeners drain and are there again.</summary>
    private void Change()
    {
        if (Random.Next(4) == 0)
        {
            _isDraining = true;
            _server.DrainListeners(false, true, true);
            return;
        }

        _isDraining = true;
        Configure();
    }

    private void Configure()
    {
        var resources = _configuration.Make();
        var version = $"{++_version}";
        Network.Trace?.Invoke(_configuration.Text);
        Apply(TypeUrls.Cluster, resources.Clusters.Select(each => (each.Name, version, each.ToByteString())));
        Apply(TypeUrls.Listener, resources.Listeners.Select(each => (each.Name, version, each.ToByteString())));
    }

    private void Apply(string type, IEnumerable<(string, string, ByteString)> resources) => _log.AddRange(
        _server.Configuration.Apply(type, [.. resources], []).SelectMany(outcome => outcome.Errors)
            .Select(error => $"configuration: {error}"));

    private void Listen()
    {
        for (var cluster = 0; cluster < ProxyConfiguration.ClusterNames.Length; cluster++)
        {
            for (var host = 0; host < ProxyConfiguration.HostCount; host++)
            {
                var address = NetAddress.V4(0x7F000001, ProxyConfiguration.UpstreamPort(cluster, host));
                var socket = new ListenSocket(
                    UpstreamLoop, new Acceptor(this, cluster), address, SocketOptions.Default);
                socket.Start();
                _upstreams.Add(socket);
            }
        }
    }

    private void RunFor(TimeSpan time, Func<bool> isDone)
    {
        var end = Clock.GetUtcNow() + time;
        while (!isDone() && Network.Step(end) && _log.Count == 0)
        {
            if (Network.StepCount > StepsMax)
            {
                Check("the world never comes to rest");
            }
        }
    }

    /// <summary>The server is disposed of: not one descriptor of it stays open.</summary>
    private void End()
    {
        var workers = _server.Runtime.AllWorkers.ToArray();
        _server.Dispose();
        if (_log.Count > 0)
        {
            return;
        }

        RunFor(TimeSpan.FromSeconds(20), () => false);
        foreach (var worker in workers)
        {
            Check(worker.Loop.SourceCount == 1 ? null : $"{worker.Loop.SourceCount - 1} sources outlive the server");
            Check(worker.Loop.Buffers.RentedCount == 0 ? null
                : $"{worker.Loop.Buffers.RentedCount} buffers outlive the server");
            Network.Remove(worker.Loop);
            worker.Loop.Dispose();
        }
    }

    private sealed class Acceptor(World world, int cluster) : IAcceptCallbacks
    {
        public void OnAccept(Connection connection)
        {
            var name = ProxyConfiguration.ClusterNames[cluster].ToString();
            _ = name == "t" ? (Actor)new TcpUpstream(world, connection)
                : world._configuration.IsHttp2(cluster) ? new Http2Upstream(world, connection, name)
                : new Http1Upstream(world, connection, name);
        }
    }
}
