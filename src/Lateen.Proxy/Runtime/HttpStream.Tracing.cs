using Lateen.Http;
using Lateen.Proxy.AccessLog;
using Lateen.Proxy.Formatting;
using Lateen.Proxy.Tracing;

namespace Lateen.Proxy.Runtime;

/// <content>The span of a request. It begins where the router takes over, or at the end of a request that never gets
/// there, so that filters have had their say; its time is the request's.</content>
internal sealed partial class HttpStream
{
    private readonly Span _span = new();
    private bool _traceDecided;
    private bool _traceBegun;
    private bool _decoratorPropagates;
    private byte[]? _decorator;

    /// <summary>Chooses and marks the request once its route is known.</summary>
    internal void DecideTrace()
    {
        if (Config.Tracing is { } tracing && !_traceDecided)
        {
            _traceDecided = true;
            Info.TraceReason = TraceDecision.Make(this, tracing);
        }
    }

    /// <summary>Begins the span, once.</summary>
    internal void BeginSpan()
    {
        if (!_traceDecided || _traceBegun || Config.Tracing is not { } tracing)
        {
            return;
        }

        _traceBegun = true;
        var traced = Info.TraceReason != TraceReason.NotTraceable && !Info.IsHealthCheck;
        if (Info.IsHealthCheck)
        {
            tracing.Stats.CountHealthCheck(_worker.Index);
        }
        else
        {
            tracing.Stats.Count(_worker.Index, Info.TraceReason);
        }

        if (tracing.Tracer is { } tracer)
        {
            _span.Begin(tracer);
            _span.Kind = tracing.IsEgress && !tracing.SpawnsUpstreamSpan ? SpanKind.Client : SpanKind.Server;
            _span.StartUnixNanos = Info.StartUnixNanos;
            if (tracer.TryExtract(_span, _worker, Request, traced, tracing.IsEgress))
            {
                Info.Span = _span;
                tracer.WriteDefaultName(_span.Name, Request, tracing.IsEgress);
            }
        }

        ApplyDecorator(tracing);
    }

    /// <summary>The route's operation names the span, unless the caller tells another.</summary>
    private void ApplyDecorator(TracingConfig tracing)
    {
        // An operation of the configuration takes the place of all decorators.
        if (Info.Span is null || (Info.Route?.Tracing?.Operation ?? tracing.Operation) is not null)
        {
            return;
        }

        if (Info.Route is { DecoratorOperation.Length: > 0 } route)
        {
            _decorator = route.DecoratorBytes;
            _decoratorPropagates = route.DecoratorPropagate;
            Rename(_decorator);
        }

        if (tracing.IsEgress)
        {
            if (_decorator is not null && _decoratorPropagates)
            {
                Request.Set(HeaderId.XEnvoyDecoratorOperation, _decorator);
            }
        }
        else if (Request.TryGet(HeaderId.XEnvoyDecoratorOperation, out var operation))
        {
            Rename(operation);
            _decorator = null;
            Request.Remove(HeaderId.XEnvoyDecoratorOperation);
        }
    }

    /// <summary>The response tells the caller what its call was; a caller's proxy takes the name over.</summary>
    private void DecorateResponse()
    {
        if (Config.Tracing is not { } tracing)
        {
            return;
        }

        if (!tracing.IsEgress)
        {
            if (_decorator is not null && _decoratorPropagates)
            {
                Response.Set(HeaderId.XEnvoyDecoratorOperation, _decorator);
            }
        }
        else if (Response.TryGet(HeaderId.XEnvoyDecoratorOperation, out var operation))
        {
            if (!operation.IsEmpty && Info.Span is not null)
            {
                Rename(operation);
            }

            Response.Remove(HeaderId.XEnvoyDecoratorOperation);
        }
    }

    private void Rename(ReadOnlySpan<byte> name)
    {
        _span.Name.Clear();
        _span.Name.Write(name);
    }

    private void ResetTrace()
    {
        _traceDecided = _traceBegun = false;
        _decorator = null;
        _decoratorPropagates = false;
        _span.Release();
    }

    /// <summary>Ends the span and hands it to its tracer.</summary>
    private void FinishSpan()
    {
        BeginSpan();
        if (Info.Span is not { } span || Config.Tracing is not { } tracing || !span.IsSampled)
        {
            return;
        }

        var tags = _worker.SpanTags;
        tags.Clear();
        SpanFacts.TagRequest(tags, Info, tracing);
        SpanFacts.TagCustom(tags, Info, tracing);
        var format = Info.Route?.Tracing?.Operation ?? tracing.Operation;
        if (format is not null)
        {
            WriteOperation(span, format);
        }

        span.EndUnixNanos = Info.StartUnixNanos + (Info.EndNanos - Info.StartNanos);
        span.Tracer!.Report(_worker, span, tags, tracing.IsVerbose ? SpanEvents.Of(Info) : default);
    }

    internal void WriteOperation(Span span, FormatString format)
    {
        var text = Routing.Scratch.Formatted;
        format.Write(text, Info, new FormatContext(AccessLogType.NotSet), default);
        if (text.Length > 0)
        {
            span.Name.Clear();
            span.Name.Write(text.Written);
        }
    }
}
