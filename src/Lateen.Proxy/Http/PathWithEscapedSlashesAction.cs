namespace Lateen.Proxy.Http;

/// <summary>What becomes of a path with <c>%2F</c> or <c>%5C</c>.</summary>
internal enum PathWithEscapedSlashesAction : byte
{
    KeepUnchanged,
    RejectRequest,
    UnescapeAndRedirect,
    UnescapeAndForward,
}
