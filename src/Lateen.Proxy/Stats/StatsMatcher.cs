using Envoy.Config.Metrics.V3;
using Lateen.Proxy.Routing;
using MatcherProto = Envoy.Config.Metrics.V3.StatsMatcher;

namespace Lateen.Proxy.Stats;

/// <summary>Which statistics are shown, by their full names. Source: <c>stats_config.stats_matcher</c>.</summary>
internal sealed class StatsMatcher
{
    private readonly StringMatcher[] _patterns;
    private readonly bool _isInclusion;
    private readonly bool _rejectAll;

    public StatsMatcher(StatsConfig? config)
    {
        var matcher = config?.StatsMatcher;
        _rejectAll = matcher?.RejectAll ?? false;
        _isInclusion = matcher?.StatsMatcherCase == MatcherProto.StatsMatcherOneofCase.InclusionList;
        var list = _isInclusion ? matcher!.InclusionList : matcher?.ExclusionList;
        _patterns = [.. (list?.Patterns ?? []).Select(NameMatchers.Build).OfType<StringMatcher>()];
    }

    public bool IsShown(string name)
    {
        if (_rejectAll)
        {
            return false;
        }
        if (_patterns.Length == 0)
        {
            return !_isInclusion;
        }
        var bytes = System.Text.Encoding.UTF8.GetBytes(name);
        return Array.Exists(_patterns, pattern => pattern.IsMatch(bytes)) == _isInclusion;
    }
}
