using System.Net;
using System.Net.Security;
using System.Net.Sockets;

namespace Lateen.Grpc.Client;

/// <summary>
/// A client's connection to one target, made when the first call needs it and again after it broke; calls share it. Any
/// thread may start calls. Nothing is retried here: the caller knows what may be.
/// </summary>
public sealed class GrpcChannel : IDisposable
{
    private const string UnixPrefix = "unix:";

    private readonly GrpcChannelOptions _options;
    private readonly HttpMessageInvoker _http;
    private readonly string? _unixPath;
    private readonly Uri _base;

    /// <summary>A channel; nothing is connected yet. A bad address is an <see cref="ArgumentException"/>.</summary>
    public GrpcChannel(GrpcChannelOptions options)
    {
        _options = options;
        if (options.Address.StartsWith(UnixPrefix, StringComparison.Ordinal))
        {
            _unixPath = options.Address[UnixPrefix.Length..];
            _unixPath = _unixPath.StartsWith("///", StringComparison.Ordinal) ? _unixPath[2..] : _unixPath;
            _base = new Uri("http://localhost");
        }
        else if (Uri.TryCreate(options.Address, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https")
        {
            _base = uri;
        }
        else
        {
            throw new ArgumentException(
                $"'{options.Address}' is no gRPC target; write http://host:port, https://host:port or unix:/path",
                    nameof(options));
        }

        _http = new HttpMessageInvoker(BuildHandler());
    }

    /// <summary>Largest message taken, in bytes.</summary>
    internal int MessageBytesMax => _options.MessageBytesMax;

    /// <summary>The clock of deadlines.</summary>
    internal TimeProvider Clock => _options.Clock;

    /// <summary>One request, one response. Any other status than OK is a <see cref="GrpcException"/>.</summary>
    public async Task<TResponse> UnaryAsync<TRequest, TResponse>(
        GrpcMethod<TRequest, TResponse> method,
        TRequest request,
        GrpcCallOptions? options = null,
        CancellationToken cancellation = default)
    {
        await using var call = Open(method, options, cancellation);
        await call.SendSingleAsync(request);
        return await call.ReadSingleAsync();
    }

    /// <summary>One request, many responses: read them from the call returned.</summary>
    public async Task<GrpcCall<TRequest, TResponse>> ServerStreamingAsync<TRequest, TResponse>(
        GrpcMethod<TRequest, TResponse> method,
        TRequest request,
        GrpcCallOptions? options = null,
        CancellationToken cancellation = default)
    {
        var call = Open(method, options, cancellation);
        await call.SendSingleAsync(request);
        return call;
    }

    /// <summary>
    /// Starts a call of any shape. For client streaming write, complete and read one response; for bidirectional
    /// streaming write and read as you like. Dispose cancels what is not finished.
    /// </summary>
    public GrpcCall<TRequest, TResponse> Open<TRequest, TResponse>(
        GrpcMethod<TRequest, TResponse> method, GrpcCallOptions? options = null,
            CancellationToken cancellation = default)
    {
        var call = new GrpcCall<TRequest, TResponse>(this, method, options ?? GrpcCallOptions.Default, cancellation);
        call.Start();
        return call;
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    internal HttpRequestMessage BuildRequest(string path)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_base, path))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        if (_options.Authority is { } authority)
        {
            request.Headers.Host = authority;
        }

        return request;
    }

    internal Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellation) =>
        _http.SendAsync(request, cancellation);

    private SocketsHttpHandler BuildHandler() => new()
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        ActivityHeadersPropagator = null,
        ConnectTimeout = _options.ConnectTimeout,
        EnableMultipleHttp2Connections = true,
        KeepAlivePingDelay = _options.KeepAliveInterval,
        KeepAlivePingTimeout = _options.KeepAliveTimeout,
        KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
        PooledConnectionLifetime = Timeout.InfiniteTimeSpan,
        ConnectCallback = ConnectAsync,
    };

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var socket = _unixPath is null
            ? new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true }
            : new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        Stream? stream = null;
        try
        {
            EndPoint target = _unixPath is null ? context.DnsEndPoint : new UnixDomainSocketEndPoint(_unixPath);
            await socket.ConnectAsync(target, cancellation);
            stream = new NetworkStream(socket, ownsSocket: true);
            if (_base.Scheme == "https")
            {
                stream = await SecureAsync(stream, context.DnsEndPoint.Host, cancellation);
            }

            return stream;
        }
        catch
        {
            socket.Dispose();
            if (stream is not null)
            {
                await stream.DisposeAsync();
            }

            throw;
        }
    }

    private async Task<Stream> SecureAsync(Stream stream, string host, CancellationToken cancellation)
    {
        var tls = _options.Tls?.Invoke() ?? new SslClientAuthenticationOptions();
        tls.ApplicationProtocols = [SslApplicationProtocol.Http2];
        tls.TargetHost ??= host;
        var secure = new SslStream(stream, leaveInnerStreamOpen: false);
        await secure.AuthenticateAsClientAsync(tls, cancellation);
        return secure;
    }
}
