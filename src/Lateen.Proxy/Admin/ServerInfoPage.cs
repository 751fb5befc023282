using System.Globalization;
using Lateen.Core.Yaml;

namespace Lateen.Proxy.Admin;

/// <summary>The page <c>/server_info</c>. Source: <c>admin.v3.ServerInfo</c>.</summary>
internal static class ServerInfoPage
{
    /// <summary>The options in Envoy's order with the values that they have when not given. Texts that begin with a
    /// quote are texts, all else is as in JSON.</summary>
    private static readonly (string Name, string Value)[] Options =
    [
        ("base_id", "'0"), ("concurrency", "1"), ("config_path", "'"), ("config_yaml", "'"),
        ("allow_unknown_static_fields", "false"), ("admin_address_path", "'"), ("local_address_ip_version", "'v4"),
        ("log_level", "'info"), ("component_log_level", "'"), ("log_format", "'"), ("log_path", "'"),
        ("service_cluster", "'"), ("service_node", "'"), ("service_zone", "'"), ("file_flush_interval", "'10s"),
        ("drain_time", "'600s"), ("parent_shutdown_time", "'900s"), ("mode", "'Serve"),
        ("disable_hot_restart", "true"), ("enable_mutex_tracing", "false"), ("restart_epoch", "0"),
        ("cpuset_threads", "false"), ("reject_unknown_dynamic_fields", "false"), ("log_format_escaped", "false"),
        ("disabled_extensions", "[]"), ("ignore_unknown_dynamic_fields", "false"), ("use_dynamic_base_id", "false"),
        ("base_id_path", "'"), ("drain_strategy", "'Gradual"), ("enable_fine_grain_logging", "false"),
        ("socket_path", "'@envoy_domain_socket"), ("socket_mode", "0"), ("enable_core_dump", "false"),
        ("stats_tag", "[]"), ("skip_hot_restart_on_no_parent", "false"), ("skip_hot_restart_parent_stats", "false"),
        ("skip_deprecated_logs", "false"), ("file_flush_min_size", "0"), ("log_stacktrace_single_entry", "false"),
    ];

    public static AdminResponse Write(ProxyServer server, string state)
    {
        var uptime = new YamlScalar($"{(long)server.Uptime.TotalSeconds}s");
        return AdminResponse.Json(AdminJson.Write(new YamlMapping(
            ("version", new YamlScalar(server.Options.Version)),
            ("state", new YamlScalar(state)),
            ("uptime_current_epoch", uptime),
            ("uptime_all_epochs", uptime),
            ("hot_restart_version", new YamlScalar("disabled")),
            ("command_line_options", new YamlMapping(
                Options.Select(option => (option.Name, ValueOf(option.Name, option.Value, server.Options))).ToArray())),
            ("node", AdminJson.Message(server.Node)),
            ("hot_restart_initializing", YamlScalar.Of(false)))));
    }

    private static YamlNode ValueOf(string name, string standard, ProxyOptions options)
    {
        if (name == "concurrency")
        {
            return YamlScalar.Of(Math.Max(1, options.Concurrency));
        }
        var given = options.CommandLine.GetValueOrDefault(name);
        return standard switch
        {
            "[]" => new YamlSequence([.. (given ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries)
                .Select(static item => (YamlNode)new YamlScalar(item))]),
            "true" or "false" => YamlScalar.Of((given ?? standard) == "true"),
            ['\'', ..] => new YamlScalar(given ?? standard[1..]),
            _ => YamlScalar.Of(int.Parse(given ?? standard, CultureInfo.InvariantCulture)),
        };
    }
}
