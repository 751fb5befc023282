using Lateen.Http;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Tracing;

/// <summary>
/// The span of a call that the proxy makes for a request: to an authorization service, from a script, a mirrored copy.
/// A child of the request's span; the callee learns of it. One worker's; it may outlive the request.
/// </summary>
internal sealed class CallSpan
{
    private readonly Worker _worker;
    private readonly Span _span = new();
    private readonly SpanTags? _tags;
    private bool _isOver;

    private CallSpan(Worker worker, Span parent, bool isSampled)
    {
        _worker = worker;
        _span.BeginChild(parent, Tracer.NewId(worker), worker.Loop.UnixNanos);
        _span.IsSampled &= isSampled;
        _tags = _span.IsSampled ? new SpanTags() : null;
    }

    /// <summary>Begins the span of a gRPC call; null where the request has none.</summary>
    /// <param name="stream">The request.</param>
    /// <param name="path">Of the method: <c>/package.Service/Method</c>.</param>
    /// <param name="headers">Of the call; they get the context.</param>
    /// <param name="cluster">Where it goes.</param>
    /// <param name="isSampled">False: the callee is told not to record.</param>
    public static CallSpan? BeginGrpc(
        HttpStream stream, ReadOnlySpan<byte> path, HeaderMap headers, Cluster cluster, bool isSampled = true)
    {
        if (New(stream, isSampled) is not { } span)
        {
            return null;
        }
        var name = span._span.Name;
        name.Write("async "u8);
        foreach (var c in path[1..])
        {
            name.Write(c == (byte)'/' ? (byte)'.' : c);
        }
        name.Write(" egress"u8);
        span._tags?.Set("upstream_cluster"u8, cluster.Name);
        span._tags?.Set("upstream_address"u8, cluster.Name);
        span.Set("component"u8, "proxy"u8);
        span._span.Tracer!.Inject(span._span, headers);
        return span;
    }

    /// <summary>Begins the span of an HTTP call; null where the request has none.</summary>
    /// <param name="stream">The request.</param>
    /// <param name="name">Empty: told by the cluster.</param>
    /// <param name="headers">Of the call; they get the context.</param>
    /// <param name="cluster">Where it goes.</param>
    /// <param name="isSampled">False: the callee is told not to record.</param>
    public static CallSpan? BeginHttp(
        HttpStream stream, ReadOnlySpan<byte> name, HeaderMap headers, Cluster cluster, bool isSampled = true)
    {
        if (New(stream, isSampled) is not { } span)
        {
            return null;
        }
        span._span.Name.Write(name);
        if (name.IsEmpty)
        {
            span._span.Name.Write("async "u8);
            span._span.Name.Write(cluster.ObservabilityName);
            span._span.Name.Write(" egress"u8);
        }
        span._span.Tracer!.Inject(span._span, headers);
        return span;
    }

    /// <summary>Tells one thing of the call.</summary>
    public void Set(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) => _tags?.Set(name, value);

    /// <summary>Nobody waited for the answer.</summary>
    public void Cancel()
    {
        Set("status"u8, "canceled"u8);
        End();
    }

    /// <summary>A gRPC call has ended.</summary>
    public void EndGrpc(int status)
    {
        _tags?.Set("grpc.status_code"u8, (long)status);
        if (status != 0)
        {
            Set("error"u8, "true"u8);
        }
        End();
    }

    /// <summary>An HTTP call has ended; what the proxy answers itself has a status, too.</summary>
    public void EndHttp(Cluster cluster, Host? host, int status, ResponseFlags flags)
    {
        if (_tags is { } tags)
        {
            tags.Set("http.protocol"u8, "HTTP/1.1"u8);
            if (host is not null)
            {
                tags.Set("upstream_address"u8, host.AddressText);
                tags.Set("peer.address"u8, host.AddressText);
            }
            tags.Set("component"u8, "proxy"u8);
            tags.Set("upstream_cluster"u8, cluster.Name);
            tags.Set("upstream_cluster.name"u8, cluster.ObservabilityName);
            tags.Set("http.status_code"u8, (long)status);
            var text = Scratch.Formatted;
            text.Advance(ResponseFlagNames.Format(flags, false, text.GetSpan(ResponseFlagNames.TextBytesMax)));
            tags.Set("response_flags"u8, text.Written);
            if (status is 0 or >= 500)
            {
                tags.Set("error"u8, "true"u8);
            }
        }
        End();
    }

    private static CallSpan? New(HttpStream stream, bool isSampled)
    {
        stream.BeginSpan();
        return stream.Info.Span is { } parent ? new CallSpan(stream.Worker, parent, isSampled) : null;
    }

    private void End()
    {
        if (_isOver || _tags is null)
        {
            return;
        }
        _isOver = true;
        _span.EndUnixNanos = _worker.Loop.UnixNanos;
        _span.Tracer!.Report(_worker, _span, _tags, default);
    }
}
