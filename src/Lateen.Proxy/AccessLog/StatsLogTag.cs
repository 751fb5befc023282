using Lateen.Proxy.Formatting;
using Lateen.Proxy.Matching;

namespace Lateen.Proxy.AccessLog;

/// <summary>A tag of a statistic of the logger <c>stats</c>.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">What its value is made of.</param>
/// <param name="Rules">Changes that depend on the value; null: none.</param>
internal sealed record StatsLogTag(string Name, FormatString Value, MatcherTree<StatsTagChange>? Rules);
