using System.Net;
using System.Net.Sockets;
using Istio.Networking.Nds.V1;
using Lateen.Core.Logging;

namespace Lateen.Agent.Dns;

/// <summary>
/// Answers the workload's DNS queries: names of the mesh from the control plane's table, all others through the servers
/// of the machine. Listens over UDP and TCP on the same port.
/// </summary>
public sealed class DnsProxy : IAsyncDisposable
{
    private const int MessageBytesMax = 65_535;
    private const int ClassIn = 1;

    private readonly DnsProxyOptions _options;
    private readonly DnsForwarder _forwarder;
    private readonly Random _random;
    private readonly TimeProvider _clock;
    private readonly Logger _log;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Socket> _sockets = [];
    private readonly List<Task> _loops = [];
    private NameLookup? _lookup;
    private int _connections;

    /// <summary>A proxy that does not listen yet.</summary>
    public DnsProxy(DnsProxyOptions options, Random random, TimeProvider clock, Logger log)
    {
        _options = options;
        _random = random;
        _clock = clock;
        _log = log;
        _forwarder = new DnsForwarder(options, Metrics, random, clock);
    }

    /// <summary>Counters.</summary>
    public DnsMetrics Metrics { get; } = new();

    /// <summary>Whether a table came; until then every query is answered SERVFAIL.</summary>
    public bool IsReady => Volatile.Read(ref _lookup) is not null;

    /// <summary>Where it listens, with the ports that were given.</summary>
    public IReadOnlyList<IPEndPoint> EndPoints { get; private set; } = [];

    /// <summary>Puts a table in force. Any thread may call.</summary>
    public void ApplyTable(NameTable table)
    {
        var lookup = NameLookup.Build(table, _options.Namespace, _options.Domain, _options.SearchDomains);
        Volatile.Write(ref _lookup, lookup);
        _log.Info($"the name table has {table.Table.Count} hosts, answered under {lookup.Count} names");
    }

    /// <summary>Binds the sockets and starts to answer.</summary>
    /// <exception cref="SocketException">An address is in use or may not be bound.</exception>
    public void Start()
    {
        var endPoints = new List<IPEndPoint>();
        foreach (var endPoint in _options.Listen)
        {
            var tcp = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            _sockets.Add(tcp);
            tcp.Bind(endPoint);
            tcp.Listen();
            var bound = (IPEndPoint)tcp.LocalEndPoint!;
            var udp = new Socket(endPoint.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            _sockets.Add(udp);
            udp.Bind(bound);
            endPoints.Add(bound);
            _loops.Add(ServeUdpAsync(udp));
            _loops.Add(ServeTcpAsync(tcp));
        }
        EndPoints = endPoints;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        foreach (var socket in _sockets)
        {
            socket.Dispose();
        }
        await Task.WhenAll(_loops);
        _stop.Dispose();
    }

    private async Task ServeUdpAsync(Socket socket)
    {
        var buffer = new byte[MessageBytesMax];
        var anyone = new IPEndPoint(
            socket.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0);
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var received = await socket.ReceiveFromAsync(buffer, SocketFlags.None, anyone, _stop.Token);
                var message = buffer[..received.ReceivedBytes];
                _ = AnswerUdpAsync(socket, message, received.RemoteEndPoint);
            }
            catch (SocketException)
            {
                // A client that has gone away shows as an error on the next receive; it concerns only that client.
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task AnswerUdpAsync(Socket socket, byte[] message, EndPoint client)
    {
        try
        {
            if (await AnswerAsync(message, tcp: false) is { } answer)
            {
                await socket.SendToAsync(answer, SocketFlags.None, client, _stop.Token);
            }
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The client has gone away, or we have.
        }
    }

    private async Task ServeTcpAsync(Socket listener)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var socket = await listener.AcceptAsync(_stop.Token);
                if (Interlocked.Increment(ref _connections) > _options.ConnectionsMax)
                {
                    Interlocked.Decrement(ref _connections);
                    Metrics.CountLimitHit();
                    socket.Dispose();
                    continue;
                }
                _ = ServeConnectionAsync(socket);
            }
            catch (SocketException)
            {
                // The connection broke before it was accepted.
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task ServeConnectionAsync(Socket socket)
    {
        try
        {
            await using var stream = new NetworkStream(socket, ownsSocket: true);
            while (true)
            {
                using var idle = new CancellationTokenSource(_options.IdleTimeout, _clock);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(idle.Token, _stop.Token);
                var message = await DnsTcp.ReadAsync(stream, either.Token);
                var answer = message is null ? null : await AnswerAsync(message, tcp: true);
                if (answer is null)
                {
                    return;
                }
                await DnsTcp.WriteAsync(stream, answer, _stop.Token);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The client has gone away or is too slow, or we have gone away.
        }
        finally
        {
            Interlocked.Decrement(ref _connections);
        }
    }

    // Null where nothing can be answered.
    private async Task<byte[]?> AnswerAsync(byte[] message, bool tcp)
    {
        Metrics.CountRequest();
        if (!DnsQuery.TryParse(message, out var query))
        {
            return message.Length < DnsQuery.HeaderLength ? null : DnsAnswerWriter.WriteFormatError(message);
        }
        var sizeMax = tcp ? MessageBytesMax : query.UdpSize;
        if (Volatile.Read(ref _lookup) is not { } lookup)
        {
            return DnsAnswerWriter.Write(query, DnsResponseCode.ServerFailure, [], authoritative: false, sizeMax);
        }
        if (query is { Class: ClassIn, Type: DnsType.A or DnsType.Aaaa } && TryFind(lookup, query, out var records))
        {
            return DnsAnswerWriter.Write(query, DnsResponseCode.NoError, records, authoritative: true, sizeMax);
        }
        return await _forwarder.ForwardAsync(message, query, tcp, _stop.Token)
            ?? DnsAnswerWriter.Write(query, DnsResponseCode.ServerFailure, [], authoritative: false, sizeMax);
    }

    private bool TryFind(NameLookup lookup, DnsQuery query, out List<DnsRecord> records)
    {
        lock (_random)
        {
            return lookup.TryFind(query.Name, query.Type, _random, out records);
        }
    }
}
