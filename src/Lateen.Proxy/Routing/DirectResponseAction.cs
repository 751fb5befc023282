using Lateen.Proxy.Http;

namespace Lateen.Proxy.Routing;

/// <summary>An answer by the proxy itself. Source: <c>route.v3.DirectResponseAction</c>.</summary>
internal sealed class DirectResponseAction
{
    public required int Status { get; init; }

    public byte[] Body { get; init; } = [];

    /// <summary>When set, the body is made with it instead.</summary>
    public LocalReplyFormat? BodyFormat { get; init; }

    /// <summary>Whether the answer names the request's own URL, as Envoy has it for these codes.</summary>
    public bool HasLocation => Status is 201 or (>= 300 and < 400);
}
