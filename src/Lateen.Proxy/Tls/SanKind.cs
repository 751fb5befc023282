namespace Lateen.Proxy.Tls;

/// <summary>Kinds of subject alternative names.</summary>
internal enum SanKind : byte
{
    Email,
    Dns,
    Uri,
    Ip,
    Other,
}
