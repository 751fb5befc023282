using Lateen.Proxy.AccessLog;
using Lateen.Proxy.Routing;

namespace Lateen.Proxy.CustomResponses;

/// <summary>What stands in place of a response. Source: extensions <c>envoy.http.custom_response</c>.</summary>
internal abstract record CustomResponsePolicy(int StatusCode, HeaderMutations ResponseHeaders);

/// <summary>A text of the configuration.</summary>
internal sealed record LocalResponsePolicy(
    int StatusCode, HeaderMutations ResponseHeaders, byte[] Body, AccessLogFormat? Format)
    : CustomResponsePolicy(StatusCode, ResponseHeaders)
{
    /// <summary>Response code details; empty: none, null: those of the response that is replaced.</summary>
    public byte[]? Details { get; init; } = [];
}

/// <summary>Another page of the mesh, asked for by an internal redirect; what is null stays as in the
/// request.</summary>
internal sealed record RedirectResponsePolicy(
    int StatusCode, HeaderMutations ResponseHeaders, byte[]? Scheme, byte[]? Authority, byte[]? Path,
    HeaderMutations RequestHeaders) : CustomResponsePolicy(StatusCode, ResponseHeaders);
