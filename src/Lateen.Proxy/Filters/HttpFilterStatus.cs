namespace Lateen.Proxy.Filters;

/// <summary>What a filter wants after it saw the request's headers.</summary>
internal enum HttpFilterStatus : byte
{
    Continue,

    /// <summary>Answer with <see cref="HttpFilterResult"/>'s status and body instead of going on.</summary>
    LocalReply,

    /// <summary>Wait for <see cref="HttpFilterResult.DelayNanos"/>, then call <see
    /// cref="HttpFilter.OnDelayOver"/>.</summary>
    Delay,
}
