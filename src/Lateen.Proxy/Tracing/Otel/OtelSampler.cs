using Lateen.Proxy.Routing;

namespace Lateen.Proxy.Tracing.Otel;

/// <summary>Decides on a span in place of the connection manager. Source:
/// <c>tracers.opentelemetry.samplers.v3</c>.</summary>
internal abstract class OtelSampler
{
    /// <param name="parent">The caller's decision; null: the span begins a trace.</param>
    /// <param name="traceIdLow">The lower half of the trace id, which is random.</param>
    public abstract bool IsSampled(bool? parent, ulong traceIdLow);

    internal sealed class AlwaysOn : OtelSampler
    {
        public override bool IsSampled(bool? parent, ulong traceIdLow) => true;
    }

    internal sealed class ParentBased(OtelSampler root) : OtelSampler
    {
        public override bool IsSampled(bool? parent, ulong traceIdLow) =>
            parent ?? root.IsSampled(null, traceIdLow);
    }

    /// <summary>A share of all traces, the same at every proxy.</summary>
    internal sealed class Ratio(FractionalPercent share) : OtelSampler
    {
        public override bool IsSampled(bool? parent, ulong traceIdLow) =>
            share.Denominator > 0 && traceIdLow % share.Denominator < share.Numerator;
    }
}
