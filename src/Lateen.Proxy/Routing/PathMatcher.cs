using Lateen.Proxy.Regex;

namespace Lateen.Proxy.Routing;

/// <summary>The path rule of a route, over the path without query and fragment.</summary>
internal sealed class PathMatcher
{
    public required PathMatchKind Kind { get; init; }

    /// <summary>Prefix or path; lower case when case does not count.</summary>
    public byte[] Text { get; init; } = [];

    public bool CaseSensitive { get; init; } = true;

    public CompiledRegex? Regex { get; init; }

    public UriTemplate? Template { get; init; }

    public bool IsMatch(ReadOnlySpan<byte> path) => Kind switch
    {
        PathMatchKind.Prefix => path.Length >= Text.Length && AreEqual(path[..Text.Length]),
        PathMatchKind.Path => path.Length == Text.Length && AreEqual(path),
        PathMatchKind.PathSeparatedPrefix => path.Length >= Text.Length && AreEqual(path[..Text.Length])
            && (path.Length == Text.Length || path[Text.Length] == '/'),
        PathMatchKind.Regex => Regex!.IsFullMatch(path),
        PathMatchKind.Template => Template!.IsMatch(path),
        _ => false,
    };

    /// <summary>What a path must have for the rule to fit at all, told by its length and one byte; length 0: that tells
    /// nothing.</summary>
    public (int Length, byte Last) Quick => CaseSensitive && Text.Length > 0
        && Kind is PathMatchKind.Prefix or PathMatchKind.Path or PathMatchKind.PathSeparatedPrefix
            ? (Text.Length, Text[^1])
            : default;

    private bool AreEqual(ReadOnlySpan<byte> path) =>
        CaseSensitive ? path.SequenceEqual(Text) : StringMatcher.EqualsIgnoreCase(path, Text);
}
