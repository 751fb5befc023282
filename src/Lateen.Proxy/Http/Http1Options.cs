namespace Lateen.Proxy.Http;

/// <summary>Options of the HTTP/1 codec. Source: <c>core.v3.Http1ProtocolOptions</c>.</summary>
internal sealed record Http1Options
{
    /// <summary>Take absolute URLs in the request line; default true.</summary>
    public bool AllowAbsoluteUrl { get; init; } = true;

    /// <summary>Serve HTTP/1.0; otherwise 426.</summary>
    public bool AcceptHttp10 { get; init; }

    public string DefaultHostForHttp10 { get; init; } = "";

    public bool EnableTrailers { get; init; }

    public bool AllowChunkedLength { get; init; }

    /// <summary>Null: lower case; <c>proper</c> or <c>preserve</c>.</summary>
    public string? HeaderKeyFormat { get; init; }

    public bool SendFullyQualifiedUrl { get; init; }
}
