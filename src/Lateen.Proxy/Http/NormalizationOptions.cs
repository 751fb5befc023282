namespace Lateen.Proxy.Http;

/// <summary>
/// How a request's path and host are changed before anything looks at them. Read in place, as part of the
/// configuration. Source: <c>http_connection_manager.v3.HttpConnectionManager</c>.
/// </summary>
internal readonly record struct NormalizationOptions
{
    public bool NormalizePath { get; init; }

    public bool MergeSlashes { get; init; }

    public PathWithEscapedSlashesAction EscapedSlashes { get; init; }

    public bool StripMatchingHostPort { get; init; }

    public bool StripAnyHostPort { get; init; }

    public bool StripTrailingHostDot { get; init; }
}
