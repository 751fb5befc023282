namespace Lateen.Proxy.Routing;

/// <summary>Which requests of a virtual host must have come over TLS.</summary>
internal enum TlsRequirement : byte
{
    None,
    ExternalOnly,
    All,
}
