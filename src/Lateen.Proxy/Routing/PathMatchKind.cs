namespace Lateen.Proxy.Routing;

/// <summary>Kinds of path rules.</summary>
internal enum PathMatchKind : byte
{
    Prefix,
    Path,
    PathSeparatedPrefix,
    Regex,
    Template,

    /// <summary>CONNECT requests, whatever their path.</summary>
    Connect,
}
