namespace Lateen.Proxy.Tracing;

/// <summary>Why a request is traced, as its x-request-id tells (character 15).</summary>
internal enum TraceReason : byte
{
    NotTraceable,

    /// <summary>By chance: <c>9</c>.</summary>
    Sampling,

    /// <summary>x-envoy-force-trace: <c>a</c>.</summary>
    ServiceForced,

    /// <summary>x-client-trace-id: <c>b</c>.</summary>
    ClientForced,
}
