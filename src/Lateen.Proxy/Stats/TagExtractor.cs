using System.Text.RegularExpressions;
using Envoy.Config.Metrics.V3;
using PlatformRegex = System.Text.RegularExpressions.Regex;

namespace Lateen.Proxy.Stats;

/// <summary>
/// Takes tags out of names: each tag has an expression whose first group is cut from the name and whose second (or
/// only) group is
/// the value. Expressions are ECMAScript's (Istio's look ahead), so the platform's engine runs them, with a time limit;
/// only when
/// statistics are shown.
/// </summary>
internal sealed class TagExtractor
{
    private static readonly TimeSpan MatchTimeout = TimeSpan.FromMilliseconds(50);

    /// <summary>Envoy's own tags in common use.</summary>
    private static readonly (string Name, string Pattern)[] Defaults =
    [
        ("envoy.response_code", @"_rq(_(\d{3}))$"),
        ("envoy.response_code_class", @"_rq_((\d))xx$"),
        ("envoy.cluster_name", @"^cluster\.((.*?)\.)"),
        ("envoy.listener_address", @"^listener\.((?!admin\.)([_.\d]*|[_\[\]a-fA-F\d]*|\w+?)\.)"),
        ("envoy.http_conn_manager_prefix", @"^(?:|listener\..*?\.)http\.((.*?)\.)"),
        ("envoy.tcp_prefix", @"^tcp\.((.*?)\.)"),
        ("envoy.worker_id", @"^listener\..*?\.worker_((\d+)\.)"),
        ("envoy.virtual_host", @"^vhost\.((.*?)\.)"),
        ("envoy.virtual_cluster", @"^vhost\..*?\.vcluster\.((.*?)\.)"),
        ("envoy.route", @"^vhost\..*?\.route\.((.*?)\.)"),
        ("envoy.rds_route_config", @"^http\..*?\.rds\.((.*?)\.)\w+?$"),
        ("envoy.ssl_cipher", @"\.ssl\.ciphers(\.(.*?))$"),
        ("envoy.ssl_version", @"\.ssl\.versions(\.(.*?))$"),
        ("envoy.ssl_curve", @"\.ssl\.curves(\.(.*?))$"),
        ("envoy.ssl_sigalg", @"\.ssl\.sigalgs(\.(.*?))$"),
        ("envoy.rbac_http_prefix", @"^http\..*?\.rbac\.((.*?)\.)(?:allowed|denied|shadow_allowed|shadow_denied)$"),
    ];

    private readonly List<(string Name, PlatformRegex Pattern)> _rules = [];
    private readonly List<KeyValuePair<string, string>> _fixed = [];

    public TagExtractor(StatsConfig? config)
    {
        foreach (var tag in config?.StatsTags ?? [])
        {
            if (tag.TagValueCase == TagSpecifier.TagValueOneofCase.FixedValue)
            {
                _fixed.Add(new(tag.TagName, tag.FixedValue));
            }
            else
            {
                var known = Array.Find(Defaults, entry => entry.Name == tag.TagName).Pattern;
                Add(tag.TagName, tag.Regex.Length > 0 ? tag.Regex : known);
            }
        }
        if (config?.UseAllDefaultTags ?? true)
        {
            foreach (var (name, pattern) in Defaults)
            {
                Add(name, pattern);
            }
        }
    }

    /// <summary>The name without its tags, and the tags in the order of their rules.</summary>
    public string Extract(string name, List<KeyValuePair<string, string>> tags)
    {
        tags.AddRange(_fixed);
        var cuts = new List<(int Start, int End)>();
        foreach (var (tag, pattern) in _rules)
        {
            try
            {
                var match = pattern.Match(name);
                if (!match.Success)
                {
                    continue;
                }
                var value = match.Groups.Count > 2 ? match.Groups[2] : match.Groups[1];
                var removed = match.Groups.Count > 1 ? match.Groups[1] : match.Groups[0];
                if (tags.TrueForAll(known => known.Key != tag))
                {
                    tags.Add(new(tag, value.Value));
                }
                if (removed.Success)
                {
                    cuts.Add((removed.Index, removed.Index + removed.Length));
                }
            }
            catch (RegexMatchTimeoutException)
            {
                // A name that takes an expression too long keeps its text.
            }
        }
        return Cut(name, cuts);
    }

    private static string Cut(string name, List<(int Start, int End)> cuts)
    {
        cuts.Sort();
        var result = new System.Text.StringBuilder();
        var at = 0;
        foreach (var (start, end) in cuts)
        {
            if (start > at)
            {
                result.Append(name, at, start - at);
            }
            at = Math.Max(at, end);
        }
        return result.Append(name, at, name.Length - at).ToString();
    }

    private void Add(string name, string? pattern)
    {
        if (pattern is null)
        {
            return;
        }
        try
        {
            _rules.Add((name, new PlatformRegex(pattern, RegexOptions.CultureInvariant, MatchTimeout)));
        }
        catch (ArgumentException)
        {
            // An expression that does not compile gives no tag.
        }
    }
}
