using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Lateen.Pilot.Security;

namespace Lateen.ControlPlane.Jwks;

/// <summary>Gets key sets over HTTP. Any thread.</summary>
internal sealed class JwksFetcher : IDisposable
{
    /// <summary>The largest answer; key sets have a few kB.</summary>
    internal const int BodyBytesMax = 256 * 1024;

    private const int RedirectsMax = 10;
    private const string Discovery = "/.well-known/openid-configuration";
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    // A name may come to mean other addresses.
    private static readonly TimeSpan _connectionLifetime = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan _connectTimeout = TimeSpan.FromSeconds(10);

    // For each but the last of a name's addresses.
    private static readonly TimeSpan _addressTimeout = TimeSpan.FromSeconds(1);
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
            AllowAutoRedirect = false,
            PooledConnectionLifetime = _connectionLifetime,
            ConnectTimeout = _connectTimeout,
            UseCookies = false,
            ConnectCallback = ConnectAsync,
        };
        handler.SslOptions.CertificateChainPolicy = Policy();
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

    /// <summary>The key set for proxies; empty when it holds no key that they can read.</summary>
    /// <exception cref="JwksException">There is none.</exception>
    /// <exception cref="OperationCanceledException">It was given up.</exception>
    public async Task<string> FetchAsync(JwksSource source, CancellationToken cancellation)
    {
        var address = source.Address.Length > 0 ? source.Address
            : await DiscoverAsync(source.Issuer, cancellation).ConfigureAwait(false);
        return JwksText.ForProxies(await GetAsync(address, cancellation).ConfigureAwait(false))
            ?? throw Failure(address, "the answer is no JSON object with an array 'keys'");
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private static JwksException Failure(string address, string reason, Exception? inner = null) =>
        new($"{JwksSource.Shown(address)}: {reason}", inner!);

    // What a certificate names is not asked: that would be one more address which others choose.
    private static X509ChainPolicy Policy() => new()
    {
        RevocationMode = X509RevocationMode.NoCheck,
        DisableCertificateDownloads = true,
        ApplicationPolicy = { new Oid(ServerAuthentication) },
    };

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
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The same as one without the member.
        }
        throw Failure(address, "the answer names no jwks_uri");
    }

    private async Task<string> GetAsync(string address, CancellationToken cancellation)
    {
        var next = Checked(address, null);
        for (var left = RedirectsMax; ; left--)
        {
            try
            {
                using var response = await _http.GetAsync(next, cancellation).ConfigureAwait(false);
                if (response.IsSuccessStatusCode)
                {
                    return await response.Content.ReadAsStringAsync(cancellation).ConfigureAwait(false);
                }
                if ((int)response.StatusCode is not (301 or 302 or 303 or 307 or 308) || left == 0
                    || !response.Headers.NonValidated.TryGetValues("location", out var location))
                {
                    throw Failure(address, $"status {(int)response.StatusCode}");
                }
                next = Checked(location.ToString(), next);
            }
            catch (Exception e) when (e is HttpRequestException or IOException or InvalidOperationException
                or InvalidDataException or NotSupportedException)
            {
                throw Failure(address, (e.InnerException ?? e).Message, e);
            }
        }
    }

    /// <summary>An address that may be asked: also where a proxy of the environment would do the asking.</summary>
    private Uri Checked(string address, Uri? before)
    {
        if (!(before is null ? Uri.TryCreate(address, UriKind.Absolute, out var uri)
                : Uri.TryCreate(before, address, out uri))
            || uri.Scheme is not ("http" or "https"))
        {
            throw new JwksException($"'{JwksSource.Shown(address)}' is no http or https address");
        }
        if (before is { Scheme: "https" } && uri.Scheme != "https")
        {
            throw Failure(address, "leads from https to http");
        }
        return IPAddress.TryParse(uri.IdnHost, out var literal) && _blocked.Contains(literal)
            ? throw Failure(address, "keys may not be fetched from there") : uri;
    }

    /// <summary>Names are looked up here, so that the address that was checked is the one that is reached.</summary>
    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var (host, port) = (context.DnsEndPoint.Host, context.DnsEndPoint.Port);
        var addresses = await Dns.GetHostAddressesAsync(host, cancellation).ConfigureAwait(false);
        var allowed = Array.FindAll(addresses, address => !_blocked.Contains(address));
        for (var i = 0; i < allowed.Length; i++)
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            var socket = new Socket(allowed[i].AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                if (i < allowed.Length - 1)
                {
                    limit.CancelAfter(_addressTimeout);
                }
                await socket.ConnectAsync(allowed[i], port, limit.Token).ConfigureAwait(false);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (Exception e) when (i < allowed.Length - 1 && !cancellation.IsCancellationRequested
                && e is SocketException or OperationCanceledException)
            {
                socket.Dispose();
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
        throw new IOException($"{host} has no address that keys may be fetched from");
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
        using var chain = new X509Chain { ChainPolicy = Policy() };
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(_options.ExtraRoots);
        foreach (var element in built?.ChainElements.AsEnumerable() ?? [])
        {
            chain.ChainPolicy.ExtraStore.Add(element.Certificate);
        }
        using var leaf = X509CertificateLoader.LoadCertificate(certificate.GetRawCertData());
        return chain.Build(leaf);
    }
}
