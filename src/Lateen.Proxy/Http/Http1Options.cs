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

    /// <summary>A bad request ends itself only, not its connection; null: as the connection manager has it.</summary>
    public bool? StreamErrorOnInvalidHttpMessage { get; init; }

    /// <summary>Take any token as a method.</summary>
    public bool AllowCustomMethods { get; init; }

    /// <summary>Upgrades that are taken for plain requests.</summary>
    public IReadOnlyList<Routing.StringMatcher> IgnoredUpgrades { get; init; } = [];

    /// <summary>How names of headers are written.</summary>
    public Lateen.Http.Http1.HeaderCase HeaderCase => CaseOf(HeaderKeyFormat);

    /// <summary>The case of a format: null, <c>proper</c>, <c>preserve</c> or <c>preserve-proper</c>.</summary>
    public static Lateen.Http.Http1.HeaderCase CaseOf(string? format) => format switch
    {
        "proper" => Lateen.Http.Http1.HeaderCase.Proper,
        "preserve" => Lateen.Http.Http1.HeaderCase.Preserve,
        "preserve-proper" => Lateen.Http.Http1.HeaderCase.PreserveOrProper,
        _ => Lateen.Http.Http1.HeaderCase.Lower,
    };
}
