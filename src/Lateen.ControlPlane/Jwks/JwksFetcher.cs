using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Lateen.Pilot.Security;

namespace Lateen.ControlPlane.Jwks;

/// <summary>Gets key sets over HTTP. Any thread.</summary>
internal sealed class JwksFetcher : IDisposable
{
    /// <summary>The largest answer; key sets have a few kB.</summary>
    internal const int BodyBytesMax = 1024 * 1024;

    private const int RedirectsMax = 10;
    private const string Discovery = "/.well-known/openid-configuration";

    // A name may come to mean other addresses.
    private static readonly TimeSpan _connectionLifetime = TimeSpan.FromMinutes(1);
    private readonly BlockedAddresses _blocked;
    private readonly JwksOptions _options;
    private readonly HttpClient _http;

    public JwksFetcher(JwksOptions options)
    {
        _options = options;
        _blocked = new BlockedAddresses(options.BlockedNetworks);
        var handler = new SocketsHttpHandler
        {
            AutomaticDecompression = DecompressionMethods.GZip,
            MaxAutomaticRedirections = RedirectsMax,
            PooledConnectionLifetime = _connectionLifetime,
            UseCookies = false,
            ConnectCallback = ConnectAsync,
        };
        if (options.SkipsVerification || options.ExtraRoots.Count > 0)
        {
            handler.SslOptions.RemoteCertificateValidationCallback = Verify;
        }
        _http = new HttpClient(handler)
        {
            Timeout = Timeout.InfiniteTimeSpan,
            MaxResponseContentBufferSize = BodyBytesMax,
        };
        _http.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
    }

    /// <summary>The key set as it was served.</summary>
    /// <exception cref="JwksException">There is none.</exception>
    /// <exception cref="OperationCanceledException">It was given up.</exception>
    public async Task<string> FetchAsync(JwksSource source, CancellationToken cancellation)
    {
        var address = source.Address.Length > 0 ? source.Address
            : await DiscoverAsync(source.Issuer, cancellation).ConfigureAwait(false);
        var text = await GetAsync(address, cancellation).ConfigureAwait(false);
        return JwksText.IsKeySet(text) ? text
            : throw new JwksException($"{address}: the answer is no JSON object with an array 'keys'");
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    // OpenID Connect Discovery 1.0, section 4.
    private async Task<string> DiscoverAsync(string issuer, CancellationToken cancellation)
    {
        var address = issuer.TrimEnd('/') + Discovery;
        var text = await GetAsync(address, cancellation).ConfigureAwait(false);
        try
        {
            using var document = JsonDocument.Parse(text);
            if (document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty("jwks_uri", out var found)
                && found.ValueKind == JsonValueKind.String && found.GetString() is { Length: > 0 } keys)
            {
                return keys;
            }
        }
        catch (JsonException)
        {
            // The same as one without the member.
        }
        throw new JwksException($"{address}: the answer names no jwks_uri");
    }

    private async Task<string> GetAsync(string address, CancellationToken cancellation)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
        {
            throw new JwksException($"'{address}' is no http or https address");
        }
        try
        {
            using var response = await _http.GetAsync(uri, cancellation).ConfigureAwait(false);
            return response.IsSuccessStatusCode
                ? await response.Content.ReadAsStringAsync(cancellation).ConfigureAwait(false)
                : throw new JwksException($"{address}: status {(int)response.StatusCode}");
        }
        catch (Exception e) when (e is HttpRequestException or InvalidOperationException or IOException)
        {
            throw new JwksException($"{address}: {(e.InnerException ?? e).Message}", e);
        }
    }

    /// <summary>Names are looked up here, so that the address that was checked is the one that is reached, after
    /// redirects too.</summary>
    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var (host, port) = (context.DnsEndPoint.Host, context.DnsEndPoint.Port);
        var addresses = await Dns.GetHostAddressesAsync(host, cancellation).ConfigureAwait(false);
        var allowed = Array.FindAll(addresses, address => !_blocked.Contains(address));
        if (allowed.Length == 0)
        {
            throw new IOException($"{host} has no address that keys may be fetched from");
        }
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, port, cancellation).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private bool Verify(object sender, X509Certificate? certificate, X509Chain? built, SslPolicyErrors errors)
    {
        if (errors == SslPolicyErrors.None || _options.SkipsVerification)
        {
            return true;
        }
        if (errors != SslPolicyErrors.RemoteCertificateChainErrors || certificate is null)
        {
            return false;
        }
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(_options.ExtraRoots);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        foreach (var element in built?.ChainElements.AsEnumerable() ?? [])
        {
            chain.ChainPolicy.ExtraStore.Add(element.Certificate);
        }
        using var leaf = X509CertificateLoader.LoadCertificate(certificate.GetRawCertData());
        return chain.Build(leaf);
    }
}
