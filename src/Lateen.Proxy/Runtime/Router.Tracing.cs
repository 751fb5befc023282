using Lateen.Proxy.AccessLog;
using Lateen.Proxy.Streams;
using Lateen.Proxy.Tracing;

namespace Lateen.Proxy.Runtime;

/// <content>What is told of each attempt: its span and its entries in the router's access logs.</content>
internal sealed partial class Router
{
    private readonly Span _attemptSpan = new();
    private StreamInfo? _attemptInfo;
    private HttpClientStream? _attemptStream;
    private bool _attemptOpen;
    private int _attemptStatus;
    private bool _attemptConnected;
    private ResponseFlags _attemptFlags;

    private bool HasAttemptSpan => _attemptSpan.Tracer is not null;

    /// <summary>An attempt begins.</summary>
    private void BeginAttempt()
    {
        _attemptOpen = true;
        _attemptStatus = 0;
        _attemptFlags = ResponseFlags.None;
        _attemptConnected = true;
        _attemptSpan.Release();
        if (Info.Span is { } parent && (_filter!.StartsChildSpan
            || _stream.Config.Tracing is { SpawnsUpstreamSpan: true }))
        {
            ulong id;
            do
            {
                id = _worker.Random.Next();
            }
            while (id == 0);

            _attemptSpan.BeginChild(parent, id, _worker.Loop.UnixNanos);
            if (_stream.Config.Tracing is not { SpawnsUpstreamSpan: true })
            {
                parent.Tracer!.OnRouterChild(_attemptSpan, parent);
            }

            _attemptSpan.Name.Write("router "u8);
            _attemptSpan.Name.Write(_cluster!.ObservabilityName);
            _attemptSpan.Name.Write(" egress"u8);
        }
    }

    /// <summary>The upstream learns of the span that its request belongs to.</summary>
    private void InjectContext()
    {
        if (Info.Span is { } span && _stream.Config.Tracing is { PropagatesContext: true })
        {
            span.Tracer!.Inject(HasAttemptSpan ? _attemptSpan : span, _stream.Request);
        }
    }

    /// <summary>An attempt is over.</summary>
    private void EndAttempt(bool isCanceled = false, bool isLogged = true)
    {
        if (!_attemptOpen)
        {
            return;
        }

        _attemptOpen = false;
        TrackAttempt();
        CountBytes();
        if (HasAttemptSpan && _attemptSpan.IsSampled && _stream.Config.Tracing is { } tracing)
        {
            var tags = _worker.SpanTags;
            tags.Clear();
            SpanFacts.TagAttempt(tags, Info, _attemptStatus, _attemptFlags, isCanceled);
            SpanFacts.TagCustom(tags, Info, tracing);
            var format = Info.Route?.Tracing?.UpstreamOperation ?? tracing.UpstreamOperation;
            if (format is not null)
            {
                _stream.WriteOperation(_attemptSpan, format);
            }

            _attemptSpan.EndUnixNanos = _worker.Loop.UnixNanos;
            _attemptSpan.Tracer!.Report(
                _worker, _attemptSpan, tags, tracing.IsVerbose ? SpanEvents.Of(Info) : default);
        }

        _attemptSpan.Release();
        if (isLogged)
        {
            LogAttempt(AccessLogType.UpstreamEnd);
        }
    }

    /// <summary>What the attempt moved is added to the request's account.</summary>
    private void CountBytes()
    {
        if (_attemptStream is { } stream)
        {
            Info.UpstreamWireBytesSent += stream.WireBytesSent;
            Info.UpstreamWireBytesReceived += stream.WireBytesReceived;
            Info.UpstreamHeaderBytesSent += stream.HeaderBytesSent;
            Info.UpstreamHeaderBytesReceived += stream.HeaderBytesReceived;
            Info.UpstreamDecompressedSent += stream.DecompressedSent;
            Info.UpstreamDecompressedReceived += stream.DecompressedReceived;
            _attemptStream = null;
        }
    }

    /// <summary>The router's own logs see the attempt, not the request: its code, and no count of attempts.</summary>
    private void LogAttempt(AccessLogType type)
    {
        if (_filter is not { UpstreamLogs.Length: > 0 } filter
            || (type == AccessLogType.UpstreamPoolReady && !filter.LogsUpstreamStart))
        {
            return;
        }

        var info = _attemptInfo ??= new StreamInfo();
        info.CopyAttempt(Info, _attemptStatus, _attemptFlags, _attemptStartNanos, _worker.NowNanos);
        info.EndNanos = type == AccessLogType.UpstreamEnd ? _worker.NowNanos : 0;
        info.Protocol = _attemptConnected ? info.Protocol : HttpProtocol.None;
        info.ResponseHeaders = _attemptStatus > 0 ? _stream.Response : null;
        foreach (var log in filter.UpstreamLogs)
        {
            log.Log(_worker, info, type);
        }
    }
}
