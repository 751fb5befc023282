using System.Net;
using System.Security.Cryptography.X509Certificates;
using Lateen.Grpc.Wire;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Lateen.Grpc.Server;

/// <summary>What a server method knows of its call besides the messages. Belongs to the call and ends with
/// it.</summary>
public class GrpcServerCall
{
    private GrpcMetadata? _requestHeaders;
    private GrpcMetadata? _responseHeaders;
    private GrpcMetadata? _responseTrailers;

    internal GrpcServerCall(HttpContext http, DateTimeOffset? deadline, CancellationToken cancellation)
    {
        Http = http;
        Deadline = deadline;
        Cancellation = cancellation;
    }

    /// <summary>The request path <c>/service/method</c>.</summary>
    public string Path => Http.Request.Path.Value ?? "";

    /// <summary>The <c>:authority</c> of the request.</summary>
    public string Authority => Http.Request.Host.Value ?? "";

    /// <summary>When the client stops waiting; null where it waits for ever.</summary>
    public DateTimeOffset? Deadline { get; }

    /// <summary>Cancelled when the client goes away, the deadline passes or the server stops.</summary>
    public CancellationToken Cancellation { get; }

    /// <summary>The client's address; null on a unix socket.</summary>
    public IPEndPoint? RemoteEndPoint => Http.Connection.RemoteIpAddress is { } address
        ? new IPEndPoint(address, Http.Connection.RemotePort)
        : null;

    /// <summary>Whether the connection is encrypted.</summary>
    public bool IsTls => Http.Request.IsHttps;

    /// <summary>The client's certificate as the listener's TLS settings accepted it; null where it gave none.</summary>
    public X509Certificate2? ClientCertificate => Http.Connection.ClientCertificate;

    /// <summary>The metadata that came with the request.</summary>
    public GrpcMetadata RequestHeaders => _requestHeaders ??= ReadRequestHeaders();

    /// <summary>Metadata sent before the first message. Too late once a message was written.</summary>
    public GrpcMetadata ResponseHeaders => _responseHeaders ??= [];

    /// <summary>Metadata sent with the status.</summary>
    public GrpcMetadata ResponseTrailers => _responseTrailers ??= [];

    internal HttpContext Http { get; }

    /// <summary>Sends the response headers now, before the first message, for clients that wait for them.</summary>
    public async Task SendHeadersAsync()
    {
        CopyResponseHeaders();
        await Http.Response.StartAsync(Cancellation);
        await Http.Response.BodyWriter.FlushAsync(Cancellation);
    }

    internal void CopyResponseHeaders()
    {
        if (_responseHeaders is not { Count: > 0 } headers || Http.Response.HasStarted)
        {
            return;
        }

        foreach (var header in headers)
        {
            Http.Response.Headers.Append(header.Key, header.Value);
        }

        _responseHeaders = null;
    }

    /// <summary>
    /// Ends the call: a status before any message becomes a response of headers only (Trailers-Only), later ones
    /// trailers.
    /// </summary>
    internal void Finish(GrpcStatus status, GrpcMetadata? more)
    {
        CopyResponseHeaders();
        var trailers = Http.Response.HasStarted
            ? Http.Features.Get<IHttpResponseTrailersFeature>()?.Trailers ?? new HeaderDictionary()
            : Http.Response.Headers;
        trailers.Append(GrpcHeaders.Status, ((int)status.Code)
            .ToString(System.Globalization.CultureInfo.InvariantCulture));
        if (status.Message.Length > 0)
        {
            trailers.Append(GrpcHeaders.Message, StatusMessage.Encode(status.Message));
        }

        if (status.Details is { } details)
        {
            trailers.Append(GrpcHeaders.StatusDetails, Convert.ToBase64String(details).TrimEnd('='));
        }

        foreach (var trailer in _responseTrailers ?? GrpcMetadata.Empty)
        {
            trailers.Append(trailer.Key, trailer.Value);
        }

        foreach (var trailer in more ?? GrpcMetadata.Empty)
        {
            trailers.Append(trailer.Key, trailer.Value);
        }
    }

    private GrpcMetadata ReadRequestHeaders()
    {
        var metadata = new GrpcMetadata();
        foreach (var header in Http.Request.Headers)
        {
            if (!GrpcMetadata.IsApplicationName(header.Key))
            {
                continue;
            }

            foreach (var value in header.Value)
            {
                metadata.AddRaw(header.Key.ToLowerInvariant(), value ?? "");
            }
        }

        return metadata;
    }
}
