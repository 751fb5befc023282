namespace Lateen.Proxy.Routing;

/// <summary>Settings that few routes have. Source: <c>route.v3.Route</c>.</summary>
internal sealed record RouteSettings
{
    private byte[]? _decoratorBytes;

    /// <summary>Of a route that has none of them.</summary>
    public static RouteSettings Default { get; } = new();

    public RedirectAction? Redirect { get; init; }

    public DirectResponseAction? DirectResponse { get; init; }

    public HeaderMutations RequestHeaders { get; init; } = HeaderMutations.None;

    public HeaderMutations ResponseHeaders { get; init; } = HeaderMutations.None;

    /// <summary>Name of the operation in traces; empty: none.</summary>
    public string DecoratorOperation { get; init; } = "";

    public bool DecoratorPropagate { get; init; } = true;

    /// <summary>Null: as the connection manager has it.</summary>
    public Tracing.RouteTracing? Tracing { get; init; }

    /// <summary>Bytes buffered for retries; null: the connection's limit.</summary>
    public long? RequestBufferBytesMax { get; init; }

    public byte[] DecoratorBytes => _decoratorBytes ??= System.Text.Encoding.UTF8.GetBytes(DecoratorOperation);
}
