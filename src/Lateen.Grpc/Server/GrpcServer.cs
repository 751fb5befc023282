using System.Net;
using System.Net.Security;
using Lateen.Core.Logging;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Lateen.Grpc.Server;

/// <summary>
/// A gRPC server over Kestrel: any number of listeners (plaintext HTTP/2 with prior knowledge, TLS, unix sockets) for
/// one set of services. Add listeners, then start.
/// </summary>
public sealed class GrpcServer(
    GrpcServices services, GrpcServerOptions? options = null, TimeProvider? clock = null, Logger? log = null)
    : IAsyncDisposable
{
    private readonly GrpcServerOptions _options = options ?? new();
    private readonly TimeProvider _clock = clock ?? TimeProvider.System;
    private readonly Logger _log = log ?? Logger.None;
    private readonly List<Action<KestrelServerOptions>> _listeners = [];
    private readonly List<string> _sockets = [];
    private WebApplication? _application;
    private int _connectionCount;

    /// <summary>The addresses bound, in the order of the calls that asked for them; unix sockets are left
    /// out.</summary>
    public IReadOnlyList<IPEndPoint> EndPoints { get; private set; } = [];

    /// <summary>Adds a TCP listener. Port 0 takes a free one, see <see cref="EndPoints"/>.</summary>
    /// <param name="endPoint">Address and port.</param>
    /// <param name="tls">
    /// Settings of each new connection, by the client's SNI (null where it sent none), so that a renewed certificate is
    /// used at once; null for plaintext.
    /// </param>
    public void Listen(IPEndPoint endPoint, Func<string?, SslServerAuthenticationOptions>? tls = null)
    {
        _listeners.Add(kestrel => kestrel.Listen(endPoint, listen => Configure(listen, tls)));
    }

    /// <summary>Adds a plaintext listener on a unix socket. A socket file that is there is replaced.</summary>
    public void ListenUnix(string path)
    {
        _sockets.Add(path);
        _listeners.Add(kestrel => kestrel.ListenUnixSocket(path, listen => Configure(listen, null)));
    }

    /// <summary>Binds all listeners. An address in use is an <see cref="IOException"/> that names it.</summary>
    public async Task StartAsync(CancellationToken cancellation = default)
    {
        _sockets.ForEach(File.Delete);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(ConfigureLimits);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(5));
        _application = builder.Build();
        var dispatcher = new GrpcDispatcher(services, _options, _clock, _log);
        _application.Run(dispatcher.HandleAsync);
        await _application.StartAsync(cancellation);
        var addresses = _application.Services.GetRequiredService<Microsoft.AspNetCore.Hosting.Server.IServer>()
            .Features.Get<IServerAddressesFeature>()!.Addresses;
        foreach (var address in addresses)
        {
            GrpcLog.Listening(_log, address);
        }

        EndPoints =
            [.. addresses.Where(address => !address.Contains("unix:", StringComparison.Ordinal)).Select(ParseAddress)];
    }

    /// <summary>Stops taking calls, lets those under way finish within the token's time, then cuts them.</summary>
    public async Task StopAsync(CancellationToken cancellation = default)
    {
        if (_application is not null)
        {
            await _application.StopAsync(cancellation);
        }
    }

    /// <summary>Stops at once.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_application is not null)
        {
            await StopAsync(new CancellationToken(canceled: true));
            await _application.DisposeAsync();
        }
    }

    private static IPEndPoint ParseAddress(string address)
    {
        var uri = new Uri(address.Replace("://+", "://0.0.0.0", StringComparison.Ordinal));
        return new IPEndPoint(IPAddress.Parse(uri.Host.Trim('[', ']')), uri.Port);
    }

    private void ConfigureLimits(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxConcurrentConnections = _options.ConnectionsMax;
        kestrel.Limits.MinRequestBodyDataRate = null;
        kestrel.Limits.MinResponseDataRate = null;
        kestrel.Limits.MaxRequestBodySize = null;
        kestrel.Limits.Http2.MaxStreamsPerConnection = _options.StreamsPerConnectionMax;
        kestrel.Limits.Http2.KeepAlivePingDelay = _options.KeepAliveInterval;
        kestrel.Limits.Http2.KeepAlivePingTimeout = _options.KeepAliveTimeout;
        _listeners.ForEach(listener => listener(kestrel));
    }

    private void Configure(ListenOptions listen, Func<string?, SslServerAuthenticationOptions>? tls)
    {
        listen.Protocols = HttpProtocols.Http2;
        if (_options.ConnectionAgeMax is { } age)
        {
            listen.Use(next => connection => LimitAgeAsync(connection, age, next));
        }

        if (tls is not null)
        {
            listen.UseHttps(new TlsHandshakeCallbackOptions
            {
                OnConnection = context => ValueTask.FromResult(tls(context.ClientHelloInfo.ServerName)),
            });
        }
    }

    private async Task LimitAgeAsync(ConnectionContext connection, TimeSpan age, ConnectionDelegate next)
    {
        // Spread by the connection's number: neighbours must not all come back in the same second.
        var tenth = Interlocked.Increment(ref _connectionCount) % 21 / 100.0 - 0.1;
        using var timer = _clock.CreateTimer(
            state => ((ConnectionContext)state!).Features
                .Get<Microsoft.AspNetCore.Connections.Features.IConnectionLifetimeNotificationFeature>()
                ?.RequestClose(),
            connection,
            age * (1 + tenth),
            Timeout.InfiniteTimeSpan);
        using var abort = _clock.CreateTimer(
            state => ((ConnectionContext)state!).Abort(),
            connection,
            age * (1 + tenth) + _options.ConnectionAgeGrace,
            Timeout.InfiniteTimeSpan);
        await next(connection);
    }
}
