namespace Lateen.Proxy.Http;

/// <summary>The header proxy-status (RFC 9209). Source: <c>HttpConnectionManager.ProxyStatusConfig</c>.</summary>
/// <param name="Name">Of this proxy.</param>
/// <param name="HasDetails">Details of the response's code.</param>
/// <param name="HasTerminationDetails">Why the connection ended, with the details.</param>
/// <param name="HasFlags">Response flags, with the details.</param>
/// <param name="SetsCode">The status becomes the one that the RFC recommends.</param>
internal sealed record ProxyStatusConfig(
    byte[] Name, bool HasDetails, bool HasTerminationDetails, bool HasFlags, bool SetsCode);
