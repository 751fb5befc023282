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

    /// <summary>Envoy's own tags, in its order; expressions that begin with a part of names come after the
    /// others.</summary>
    private static readonly (string Name, string Pattern)[] Defaults =
    [
        ("envoy.response_code", @"_rq(_(\d{3}))$"),
        ("envoy.response_code_class", @"_rq_((\d))xx$"),
        ("envoy.dynamo_table", @"\.dynamodb\.(?:operation|table)\.((.*?)\.)(?:upstream_rq|capacity)"),
        ("envoy.http_user_agent", @"^http\..*?\.user_agent\.((.*?)\.)\w+?$"),
        ("envoy.fault_downstream_cluster", @"^http\..*?\.fault\.((.*?)\.)\w+?$"),
        ("envoy.rds_route_config", @"^http\..*?\.rds\.((.*?)\.)\w+?$"),
        ("envoy.scoped_rds_config", @"^http\..*?\.scoped_rds\.((.*?)\.)\w+?$"),
        ("envoy.ext_authz_prefix", @"\.ext_authz\.((.*?)\.)(?:ok|denied|error|disabled|failure_mode_allowed|timeout)$"),
        ("envoy.rbac_http_prefix", @"^http\..*?\.rbac\.((.*?)\.)(?:allowed|denied|shadow_allowed|shadow_denied)$"),
        ("envoy.rbac_prefix", @"^((.*?)\.)rbac\.(?:allowed|denied|shadow_allowed|shadow_denied)$"),
        ("envoy.rbac_policy_name", @"\.rbac\.policy\.((.*?)\.)\w+?$"),
        ("envoy.http_conn_manager_prefix", @"^(?:|listener\..*?\.)http\.((.*?)\.)"),
        ("envoy.ssl_cipher", @"\.ssl\.ciphers(\.(.*?))$"),
        ("envoy.ssl_curve", @"\.ssl\.curves(\.(.*?))$"),
        ("envoy.ssl_sigalg", @"\.ssl\.sigalgs(\.(.*?))$"),
        ("envoy.ssl_version", @"\.ssl\.versions(\.(.*?))$"),
        ("envoy.tls_certificate", @"\.ssl\.certificate\.((.*?)\.)expiration_unix_time_seconds$"),
        ("envoy.tcp_prefix", @"^tcp\.((.*?)\.)"),
        ("envoy.udp_prefix", @"^udp\.((.*?)\.)"),
        ("envoy.clientssl_prefix", @"^auth\.clientssl\.((.*?)\.)"),
        ("envoy.ratelimit_prefix", @"^ratelimit\.((.*?)\.)"),
        ("envoy.local_http_ratelimit_prefix", @"^((.*?)\.)http_local_rate_limit\."),
        ("envoy.local_network_ratelimit_prefix", @"^local_rate_limit\.((.*?)\.)"),
        ("envoy.local_listener_ratelimit_prefix", @"^listener_local_ratelimit\.((.*?)\.)"),
        ("envoy.connection_limit_prefix", @"^connection_limit\.((.*?)\.)"),
        ("envoy.dns_filter_prefix", @"^dns_filter\.((.*?)\.)"),
        ("envoy.google_grpc_client_prefix", @"^grpc\.((.*?)\.)"),
        ("envoy.virtual_cluster", @"^vhost\..*?\.vcluster\.((.*?)\.)"),
        ("envoy.route", @"^vhost\..*?\.route\.((.*?)\.)"),
        ("envoy.virtual_host", @"^vhost\.((.*?)\.)"),
        ("envoy.grpc_bridge_method", @"^cluster\..*?\.grpc\..*?\.((.*?)\.)(?:success|failure|total)$"),
        ("envoy.grpc_bridge_service", @"^cluster\..*?\.grpc\.((.*?)\.)"),
        ("envoy.cluster_name", @"^cluster\.((.*?)\.)"),
        ("envoy.worker_id", @"^listener\..*?\.worker_((\d+)\.)"),
        ("envoy.listener_address", @"^listener\.((?!admin\.)([_.\d]*|[_\[\]a-fA-F\d]*|\w+?)\.)"),
        ("envoy.xds_authority", @"^xdstp\.((.*?)\.)"),
    ];

    private readonly List<Rule> _rules = [];
    private readonly List<Rule> _prefixed = [];
    private readonly List<KeyValuePair<string, string>> _fixed = [];

    /// <summary>Problems of the configuration go to <paramref name="errors"/>, if that is given.</summary>
    public TagExtractor(StatsConfig? config, ICollection<Core.ConfigError>? errors = null)
    {
        if (config?.UseAllDefaultTags ?? true)
        {
            foreach (var (name, pattern) in Defaults)
            {
                Add(name, pattern, "", null);
            }
        }
        for (var i = 0; i < (config?.StatsTags.Count ?? 0); i++)
        {
            var tag = config!.StatsTags[i];
            var path = $"stats_config.stats_tags[{i}]";
            if (tag.TagName.Length == 0)
            {
                errors?.Add(new Core.ConfigError(path, "STATS_TAG", "tag_name cannot be empty"));
                continue;
            }
            if (tag.TagValueCase == TagSpecifier.TagValueOneofCase.FixedValue)
            {
                _fixed.Add(new(tag.TagName, tag.FixedValue));
                continue;
            }
            var known = Array.Find(Defaults, entry => entry.Name == tag.TagName).Pattern;
            if (tag.Regex.Length == 0 && known is null)
            {
                errors?.Add(new Core.ConfigError(path, "STATS_TAG",
                    $"No regex specified for tag specifier and no default regex for name: '{tag.TagName}'"));
                continue;
            }
            Add(tag.TagName, tag.Regex.Length > 0 ? tag.Regex : known!, path, errors);
        }
        // What needs a certain beginning is looked at last, as Envoy does.
        _rules.AddRange(_prefixed);
    }

    /// <summary>The name without its tags, and the tags in the order of their rules.</summary>
    public string Extract(string name, List<KeyValuePair<string, string>> tags)
    {
        tags.AddRange(_fixed);
        var cuts = new List<(int Start, int End)>();
        foreach (var rule in _rules)
        {
            try
            {
                var match = rule.Expression.Match(name);
                if (!match.Success)
                {
                    continue;
                }
                var value = match.Groups.Count > 2 ? match.Groups[2] : match.Groups[1];
                var removed = match.Groups.Count > 1 ? match.Groups[1] : match.Groups[0];
                if (tags.TrueForAll(known => known.Key != rule.Tag))
                {
                    tags.Add(new(rule.Tag, value.Value));
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

    private void Add(string name, string pattern, string path, ICollection<Core.ConfigError>? errors)
    {
        var rule = new Rule(name, pattern);
        try
        {
            // Envoy's own are right; they are compiled when statistics are first shown.
            _ = path.Length > 0 ? rule.Expression : null;
        }
        catch (ArgumentException e)
        {
            errors?.Add(new Core.ConfigError(path, "STATS_TAG", $"Invalid regex '{pattern}': {e.Message}"));
            return;
        }
        var isPrefixed = pattern.Length > 1 && pattern[0] == '^' && char.IsAsciiLetterOrDigit(pattern[1]);
        (isPrefixed ? _prefixed : _rules).Add(rule);
    }

    /// <summary>A tag and the expression that finds it.</summary>
    private sealed class Rule(string tag, string pattern)
    {
        public string Tag => tag;

        public PlatformRegex Expression =>
            field ??= new PlatformRegex(pattern, RegexOptions.CultureInvariant, MatchTimeout);
    }
}
