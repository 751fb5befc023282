using Lateen.Proxy.Formatting;

namespace Lateen.Proxy.Routing;

/// <summary>An answer by the proxy itself. Source: <c>route.v3.DirectResponseAction</c>.</summary>
internal sealed class DirectResponseAction
{
    public required int Status { get; init; }

    public byte[] Body { get; init; } = [];

    /// <summary>When set, the body is made with it instead.</summary>
    public FormatString? BodyFormat { get; init; }

    /// <summary>Content type that comes with the body format; null: text/plain.</summary>
    public string? ContentType { get; init; }
}
