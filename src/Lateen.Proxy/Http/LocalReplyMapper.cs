using Lateen.Proxy.AccessLog;
using Lateen.Proxy.Routing;

namespace Lateen.Proxy.Http;

/// <summary>Changes a local reply that its filter fits.</summary>
internal sealed class LocalReplyMapper
{
    public required AccessLogFilter Filter { get; init; }

    /// <summary>Zero: kept.</summary>
    public int StatusCode { get; init; }

    public byte[]? Body { get; init; }

    public HeaderMutations Headers { get; init; } = HeaderMutations.None;

    public LocalReplyFormat? Format { get; init; }
}
