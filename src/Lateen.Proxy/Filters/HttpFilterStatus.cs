namespace Lateen.Proxy.Filters;

/// <summary>What a filter wants after it saw the request's headers.</summary>
internal enum HttpFilterStatus : byte
{
    Continue,

    /// <summary>Answer with <see cref="HttpFilterResult"/>'s status and body instead of going on.</summary>
    LocalReply,

    /// <summary>Wait for <see cref="HttpFilterResult.DelayNanos"/>, then call <see
    /// cref="HttpFilter.OnDelayOver(Runtime.HttpStream)"/>.</summary>
    Delay,

    /// <summary>Call <see cref="HttpFilter.OnRequestBody"/> when the body has come, or as much of it as <see
    /// cref="HttpFilterResult.BodyBytesMax"/> lets.</summary>
    AwaitBody,

    /// <summary>Wait until the filter calls <see cref="Runtime.HttpStream.ContinueRequest"/> or answers.</summary>
    Wait,
}
