namespace Lateen.Proxy.Http;

/// <summary>What becomes of x-forwarded-client-cert.</summary>
internal enum ForwardClientCertDetails : byte
{
    Sanitize,
    ForwardOnly,
    AppendForward,
    SanitizeSet,
    AlwaysForwardOnly,
}
