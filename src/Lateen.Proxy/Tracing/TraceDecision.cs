using System.Globalization;
using Lateen.Http;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.Tracing;

/// <summary>
/// Chooses requests to be traced and marks them in x-request-id, so that the next proxies need not decide again. Made
/// once the route is known.
/// </summary>
internal static class TraceDecision
{
    /// <summary>Where a UUID tells the decision.</summary>
    private const int FlagIndex = 14;

    public static TraceReason Make(HttpStream stream, TracingConfig tracing)
    {
        if (!stream.Config.UsesRequestIdForSampling)
        {
            return TraceReason.Sampling;
        }

        var request = stream.Request;
        if (!request.TryGet(HeaderId.XRequestId, out var id) || !TryGetNumber(id, out var number))
        {
            return TraceReason.NotTraceable;
        }

        var runtime = RuntimeSettings.Current;
        var sampling = stream.Info.Route?.Tracing?.Sampling ?? tracing.Sampling;
        var reason = ReasonOf(id);
        if (reason == TraceReason.NotTraceable)
        {
            if (request.Contains(HeaderId.XClientTraceId)
                && sampling.Client.IsHit(stream.Worker.Random.Next(), runtime))
            {
                reason = TraceReason.ClientForced;
            }
            else if (request.Contains(HeaderId.XEnvoyForceTrace))
            {
                reason = TraceReason.ServiceForced;
            }
            else if (sampling.Random.IsHit(number, runtime))
            {
                reason = TraceReason.Sampling;
            }

            if (reason != TraceReason.NotTraceable)
            {
                Mark(stream, reason);
            }
        }

        if (reason != TraceReason.NotTraceable && !sampling.Overall.IsHit(number, runtime))
        {
            reason = TraceReason.NotTraceable;
            Mark(stream, reason);
        }

        return reason;
    }

    private static TraceReason ReasonOf(ReadOnlySpan<byte> id) =>
        id.Length != RequestIds.Length ? TraceReason.NotTraceable : id[FlagIndex] switch
        {
            (byte)'9' => TraceReason.Sampling,
            (byte)'a' => TraceReason.ServiceForced,
            (byte)'b' => TraceReason.ClientForced,
            _ => TraceReason.NotTraceable,
        };

    private static void Mark(HttpStream stream, TraceReason reason)
    {
        if (!stream.Config.PacksTraceReason)
        {
            return;
        }

        var id = stream.Request.Get(HeaderId.XRequestId);
        if (id.Length != RequestIds.Length)
        {
            return;
        }

        Span<byte> changed = stackalloc byte[RequestIds.Length];
        id.CopyTo(changed);
        changed[FlagIndex] = "49ab"u8[(int)reason];
        stream.Request.Set(HeaderId.XRequestId, changed);
    }

    /// <summary>The first eight digits, which all proxies on the way take the same chance from.</summary>
    private static bool TryGetNumber(ReadOnlySpan<byte> id, out ulong number)
    {
        number = 0;
        if (id.Length < 8 || !uint.TryParse(
            id[..8], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
        {
            return false;
        }

        number = value % 10_000;
        return true;
    }
}
