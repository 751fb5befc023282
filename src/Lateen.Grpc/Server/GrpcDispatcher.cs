using Google.Protobuf;
using Lateen.Core.Logging;
using Lateen.Grpc.Wire;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Lateen.Grpc.Server;

/// <summary>
/// Answers HTTP/2 requests with the methods of <see cref="GrpcServices"/>: a call's life from its headers to its
/// status.
/// <see cref="GrpcServer"/> uses it; a Kestrel pipeline with other work can, too.
/// </summary>
public sealed class GrpcDispatcher(GrpcServices services, GrpcServerOptions options, TimeProvider clock, Logger log)
{
    /// <summary>Handles one request to its end.</summary>
    public async Task HandleAsync(HttpContext http)
    {
        // 1. Is it gRPC at all? (gRPC over HTTP/2, Requests)
        if (!HttpMethods.IsPost(http.Request.Method) || !GrpcHeaders.IsGrpcContentType(http.Request.ContentType))
        {
            http.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
            return;
        }

        if (!HttpProtocol.IsHttp2(http.Request.Protocol))
        {
            http.Response.StatusCode = StatusCodes.Status426UpgradeRequired;
            return;
        }

        http.Response.ContentType = GrpcHeaders.ContentType;
        http.Response.Headers[GrpcHeaders.AcceptEncoding] = GrpcHeaders.AcceptedEncodings;
        LiftBodyLimits(http);

        // 2. Deadline and method.
        var timeoutText = (string?)http.Request.Headers[GrpcHeaders.Timeout];
        TimeSpan? timeout = null;
        GrpcStatus? refusal = null;
        if (timeoutText is not null)
        {
            if (GrpcTimeout.TryParse(timeoutText, out var value))
            {
                timeout = value;
            }
            else
            {
                refusal = new GrpcStatus(GrpcStatusCode.Internal, $"grpc-timeout '{timeoutText}' cannot be read");
            }
        }

        var path = http.Request.Path.Value ?? "";
        if (!services.TryFind(path, out var method))
        {
            refusal ??= new GrpcStatus(GrpcStatusCode.Unimplemented, $"method {path} is not known");
        }

        if (refusal is not null)
        {
            new GrpcServerCall(http, null, http.RequestAborted).Finish(refusal, null);
            return;
        }

        await RunAsync(http, method!, timeout);
    }

    private async Task RunAsync(HttpContext http, GrpcServerMethod method, TimeSpan? timeout)
    {
        if (timeout is null)
        {
            await RunAsync(http, method, null, null, http.RequestAborted);
            return;
        }

        using var timer = new CancellationTokenSource(TimeoutWithin(timeout.Value), clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, http.RequestAborted);
        var deadline = clock.GetUtcNow() + TimeoutWithin(timeout.Value);
        await RunAsync(http, method, deadline, timer, both.Token);
    }

    private async Task RunAsync(
        HttpContext http,
        GrpcServerMethod method,
        DateTimeOffset? deadline,
        CancellationTokenSource? timer,
        CancellationToken cancellation)
    {
        // 3. The handler.
        var (call, run) = method.Open(http, options.MessageBytesMax, deadline, cancellation);
        var status = GrpcStatus.Ok;
        GrpcMetadata? trailers = null;
        try
        {
            await run();
        }
        catch (GrpcException e)
        {
            (status, trailers) = (e.Status, e.Trailers);
        }
        catch (InvalidProtocolBufferException e)
        {
            status = new GrpcStatus(GrpcStatusCode.Internal, $"a message cannot be read: {e.Message}");
        }
        catch (Exception e) when (e is OperationCanceledException or IOException
            && cancellation.IsCancellationRequested)
        {
            status = new GrpcStatus(GrpcStatusCode.Cancelled, "the call was cancelled");
        }
#pragma warning disable CA1031 // The edge of one call: whatever its handler throws ends this call only.
        catch (Exception e)
#pragma warning restore CA1031
        {
            GrpcLog.HandlerFailed(log, call.Path, e);
            status = new GrpcStatus(GrpcStatusCode.Unknown, "the method failed; the server's log says why");
        }

        // 4. The status. A client that is gone gets none.
        if (timer is { IsCancellationRequested: true })
        {
            status = new GrpcStatus(GrpcStatusCode.DeadlineExceeded, "the deadline passed");
        }

        if (!http.RequestAborted.IsCancellationRequested)
        {
            call.Finish(status, trailers);
        }
    }

    /// <summary>The longest time that a timer takes is about 49 days.</summary>
    private static TimeSpan TimeoutWithin(TimeSpan timeout) =>
        timeout > TimeSpan.FromDays(49) ? TimeSpan.FromDays(49) : timeout;

    /// <summary>A stream may last for weeks and be silent for hours: keepalive pings find dead peers, not data
    /// rates.</summary>
    private static void LiftBodyLimits(HttpContext http)
    {
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = null;
        }

        if (http.Features.Get<Microsoft.AspNetCore.Server.Kestrel.Core.Features.IHttpMinRequestBodyDataRateFeature>()
            is { } rate)
        {
            rate.MinDataRate = null;
        }
    }
}
