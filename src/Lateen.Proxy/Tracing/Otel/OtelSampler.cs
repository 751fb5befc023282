using System.Buffers.Binary;
using Lateen.Proxy.Routing;

namespace Lateen.Proxy.Tracing.Otel;

/// <summary>Decides on a span in place of the connection manager. Source:
/// <c>tracers.opentelemetry.samplers.v3</c>.</summary>
internal abstract class OtelSampler
{
    /// <param name="parent">The caller's decision; null: the span begins a trace.</param>
    /// <param name="traceIdHigh">The first half of the trace id.</param>
    public abstract bool IsSampled(bool? parent, ulong traceIdHigh);

    internal sealed class AlwaysOn : OtelSampler
    {
        public override bool IsSampled(bool? parent, ulong traceIdHigh) => true;
    }

    internal sealed class ParentBased(OtelSampler root) : OtelSampler
    {
        public override bool IsSampled(bool? parent, ulong traceIdHigh) =>
            parent ?? root.IsSampled(null, traceIdHigh);
    }

    /// <summary>
    /// A share of all traces, the same at every proxy: the first eight bytes of the id count, the last one most.
    /// </summary>
    internal sealed class Ratio(FractionalPercent share) : OtelSampler
    {
        public override bool IsSampled(bool? parent, ulong traceIdHigh) =>
            share.Denominator > 0
            && BinaryPrimitives.ReverseEndianness(traceIdHigh) % share.Denominator < share.Numerator;
    }
}
