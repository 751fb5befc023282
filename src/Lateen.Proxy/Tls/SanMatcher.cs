using Lateen.Proxy.Routing;

namespace Lateen.Proxy.Tls;

/// <summary>A rule over one kind of subject alternative name.</summary>
/// <param name="Kind">Which names it looks at; null: any kind (deprecated <c>match_subject_alt_names</c>).</param>
/// <param name="Matcher">The rule.</param>
internal sealed record SanMatcher(SanKind? Kind, StringMatcher Matcher)
{
    /// <summary>For <see cref="SanKind.Other"/>: which names it looks at, as numbers with dots.</summary>
    public string ObjectId { get; init; } = "";
}
