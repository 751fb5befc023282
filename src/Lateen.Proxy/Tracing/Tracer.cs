using Lateen.Http;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.Tracing;

/// <summary>A tracing driver with its configuration, shared by listeners; what waits to be sent is kept per
/// worker.</summary>
internal abstract class Tracer
{
    /// <summary>Trace ids always have 128 bits.</summary>
    public virtual bool HasLongTraceIds => false;

    /// <summary>
    /// Takes the caller's context out of the request's headers, or begins a trace. False: the context cannot be read,
    /// and the request has no span.
    /// </summary>
    /// <param name="span">Has begun; gets ids and decision.</param>
    /// <param name="worker">The running worker.</param>
    /// <param name="request">Headers of the request.</param>
    /// <param name="traced">The connection manager's own decision.</param>
    /// <param name="isEgress">The listener is an outbound one.</param>
    public abstract bool TryExtract(Span span, Worker worker, HeaderMap request, bool traced, bool isEgress);

    /// <summary>Makes a child of a request's span what the tracer takes it for where only the router asked for
    /// it.</summary>
    public virtual void OnRouterChild(Span child, Span parent)
    {
    }

    /// <summary>Writes the span's context into the headers of a request to an upstream.</summary>
    public abstract void Inject(Span span, HeaderMap request);

    /// <summary>Name of a span without a decorator.</summary>
    public abstract void WriteDefaultName(ByteBuffer output, HeaderMap request, bool isEgress);

    /// <summary>Takes in a span that has ended. Thread: the worker itself.</summary>
    public abstract void Report(Worker worker, Span span, SpanTags tags, SpanEvents events);

    /// <summary>A number that is not zero.</summary>
    internal static ulong NewId(Worker worker)
    {
        ulong id;
        do
        {
            id = worker.Random.Next();
        }
        while (id == 0);

        return id;
    }
}
