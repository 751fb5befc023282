namespace Lateen.Proxy.Runtime;

/// <summary>How a call of the proxy itself ended.</summary>
internal enum HttpCallOutcome
{
    Success,

    /// <summary>No answer in time.</summary>
    Timeout,

    /// <summary>No host, no connection, or the connection broke.</summary>
    Reset,
}
