namespace Lateen.Proxy.Http;

/// <summary>What becomes of headers with an underscore in their name.</summary>
internal enum HeadersWithUnderscoresAction : byte
{
    Allow,
    RejectRequest,
    DropHeader,
}
