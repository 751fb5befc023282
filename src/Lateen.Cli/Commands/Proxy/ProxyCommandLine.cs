#pragma warning disable RS0030 // The command line is read at the composition root.
using System.CommandLine;
using Lateen.Core.Logging;
using Lateen.Proxy;

namespace Lateen.Cli.Commands.Proxy;

/// <summary>What a command line of <c>lateen proxy</c> asks for, its values checked as Envoy checks them.</summary>
internal sealed class ProxyCommandLine
{
    /// <summary>Loggers that <c>--component-log-level</c> may name: ours and Envoy's.</summary>
    private static readonly HashSet<string> _components = new(
        ("admin,agent,alternate_protocols_cache,aws,assert,backtrace,basic_auth,cache_filter,client,compression,config,"
        + "connection,conn_handler,credential_injector,decompression,dns,dynamic_forward_proxy,dynamic_modules,"
        + "envoy_bug,ext_authz,ext_proc,rocketmq,file,filter,forward_proxy,geolocation,golang,grpc,happy_eyeballs,hc,"
        + "health_checker,http,http2,hystrix,init,io,jwt,kafka,key_value_store,lua,main,matcher,misc,mongo,"
        + "multi_connection,oauth2,quic,quic_stream,pool,proxy,rate_limit_quota,rbac,redis,router,runtime,secrets,"
        + "stats,stats_sink,stateful_session,string_matcher,tap,testing,thrift,tracing,udp,upstream,wasm,websocket,"
        + "worker,xds").Split(','), StringComparer.Ordinal);

    private ProxyCommandLine(ParseResult result) => Result = result;

    internal ParseResult Result { get; }

    internal string? ConfigPath => Result.GetValue(ProxyFlags.ConfigPath);

    internal string? ConfigYaml => Result.GetValue(ProxyFlags.ConfigYaml);

    internal string Mode => Result.GetValue(ProxyFlags.Mode)!;

    internal bool AllowsUnknownFields => Result.GetValue(ProxyFlags.AllowUnknownStatic);

    internal LogLevel LogLevel { get; private set; }

    internal List<(string Component, LogLevel Level)> ComponentLevels { get; } = [];

    internal List<KeyValuePair<string, string>> StatsTags { get; } = [];

    /// <summary>Checks the values. Null with what is wrong in Envoy's words.</summary>
    internal static ProxyCommandLine? Resolve(ParseResult result, out string error)
    {
        var line = new ProxyCommandLine(result);
        error = line.Check();
        return error.Length == 0 ? line : null;
    }

    internal ProxyOptions ToOptions() => new()
    {
        Concurrency = (int)Math.Max(1, Result.GetValue(ProxyFlags.Concurrency) ?? (uint)Environment.ProcessorCount),
        ServiceNode = Result.GetValue(ProxyFlags.ServiceNode),
        ServiceCluster = Result.GetValue(ProxyFlags.ServiceCluster),
        ServiceZone = Result.GetValue(ProxyFlags.ServiceZone),
        DrainTime = TimeSpan.FromSeconds(Result.GetValue(ProxyFlags.DrainTime)),
        DrainsGradually = Result.GetValue(ProxyFlags.DrainStrategy) == "gradual",
        FileFlushInterval = TimeSpan.FromMilliseconds(Result.GetValue(ProxyFlags.FlushInterval)),
        FileFlushBytesMin = (int)Math.Min(Result.GetValue(ProxyFlags.FlushSize), 1024 * 1024) * 1024,
        AdminAddressPath = Result.GetValue(ProxyFlags.AdminAddressPath),
        RejectsUnknownDynamicFields = Result.GetValue(ProxyFlags.RejectUnknownDynamic),
        LocalAddressIsV6 = Result.GetValue(ProxyFlags.LocalAddressIpVersion) == "v6",
        StatsTags = StatsTags,
        DisabledExtensions = [.. (Result.GetValue(ProxyFlags.DisableExtensions) ?? "")
            .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)],
        Environment = Environment.GetEnvironmentVariable,
        CommandLine = Describe(),
    };

    private string Check()
    {
        if (Mode is not ("serve" or "validate" or "init_only"))
        {
            return $"unknown mode '{Mode}'";
        }

        var strategy = Result.GetValue(ProxyFlags.DrainStrategy);
        if (strategy is not ("gradual" or "immediate"))
        {
            return $"unknown drain-strategy '{strategy}'";
        }

        var version = Result.GetValue(ProxyFlags.LocalAddressIpVersion);
        if (version is not ("v4" or "v6"))
        {
            return $"unknown IP address version '{version}'";
        }

        if (Result.GetValue(ProxyFlags.UseDynamicBaseId) && Result.GetValue(ProxyFlags.RestartEpoch) > 0)
        {
            return $"cannot use --restart-epoch={Result.GetValue(ProxyFlags.RestartEpoch)} with --use-dynamic-base-id";
        }

        return CheckLevels() ?? CheckTags() ?? "";
    }

    private string? CheckLevels()
    {
        var text = Result.GetValue(ProxyFlags.LogLevel)!;
        if (!LogLevels.TryParse(text, out var level))
        {
            return $"invalid log level specified '{text}'";
        }

        LogLevel = level;
        foreach (var entry in (Result.GetValue(ProxyFlags.ComponentLogLevel) ?? "").Split(',',
            StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = entry.Split(':');
            if (parts.Length != 2)
            {
                return $"component log level not correctly specified '{entry}'";
            }

            if (!LogLevels.TryParse(parts[1], out var single))
            {
                return $"invalid log level specified '{parts[1]}'";
            }

            if (!_components.Contains(parts[0]))
            {
                return $"invalid component specified '{parts[0]}'";
            }

            ComponentLevels.Add((parts[0], single));
        }

        return null;
    }

    private string? CheckTags()
    {
        foreach (var tag in Result.GetValue(ProxyFlags.StatsTags) ?? [])
        {
            var colon = tag.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0 || colon == tag.Length - 1)
            {
                return $"misformatted stats-tag '{tag}'";
            }

            var (name, value) = (tag[..colon], tag[(colon + 1)..]);
            if (!name.All(char.IsAsciiLetterOrDigit))
            {
                return $"misformatted stats-tag '{tag}' contains invalid char in '{name}'";
            }

            if (value.Contains('.', StringComparison.Ordinal))
            {
                return $"misformatted stats-tag '{tag}' contains invalid char in '{value}'";
            }

            StatsTags.Add(new(name, value));
        }

        return null;
    }

    /// <summary>For <c>/server_info</c>, in the JSON form of Envoy's CommandLineOptions.</summary>
    private Dictionary<string, string> Describe()
    {
        var options = new Dictionary<string, string>();
        Add("config_path", ConfigPath);
        Add("config_yaml", ConfigYaml);
        Add("log_level", LogLevels.NameOf(LogLevel));
        Add("component_log_level", Result.GetValue(ProxyFlags.ComponentLogLevel));
        Add("log_format", Result.GetValue(ProxyFlags.LogFormat) ?? LogPattern.Default);
        Add("log_path", Result.GetValue(ProxyFlags.LogPath));
        Add("admin_address_path", Result.GetValue(ProxyFlags.AdminAddressPath));
        Add("local_address_ip_version", Result.GetValue(ProxyFlags.LocalAddressIpVersion));
        Add("service_cluster", Result.GetValue(ProxyFlags.ServiceCluster));
        Add("service_node", Result.GetValue(ProxyFlags.ServiceNode));
        Add("service_zone", Result.GetValue(ProxyFlags.ServiceZone));
        Add("mode", Mode switch { "validate" => "Validate", "init_only" => "InitOnly", _ => "Serve" });
        Add("drain_time", $"{Result.GetValue(ProxyFlags.DrainTime)}s");
        Add("drain_strategy", Result.GetValue(ProxyFlags.DrainStrategy) == "gradual" ? "Gradual" : "Immediate");
        Add("parent_shutdown_time", $"{Result.GetValue(ProxyFlags.ParentShutdownTime)}s");
        Add("file_flush_interval", Seconds(Result.GetValue(ProxyFlags.FlushInterval)));
        Add("allow_unknown_static_fields", Flag(ProxyFlags.AllowUnknownStatic));
        Add("reject_unknown_dynamic_fields", Flag(ProxyFlags.RejectUnknownDynamic));
        Add("ignore_unknown_dynamic_fields", Flag(ProxyFlags.IgnoreUnknownDynamic));
        Add("log_format_escaped", Flag(ProxyFlags.LogFormatEscaped));
        Add("use_dynamic_base_id", Flag(ProxyFlags.UseDynamicBaseId));
        Add("restart_epoch", $"{Result.GetValue(ProxyFlags.RestartEpoch)}");
        Add("disabled_extensions", Result.GetValue(ProxyFlags.DisableExtensions));
        Add("stats_tag", string.Join(',', Result.GetValue(ProxyFlags.StatsTags) ?? []));
        return options;

        static string Seconds(uint millis) => millis % 1000 == 0 ? $"{millis / 1000}s"
            : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{millis / 1000m:0.000}s");

        string Flag(Option<bool> option) => Result.GetValue(option) ? "true" : "false";

        void Add(string name, string? value)
        {
            if (value is { Length: > 0 })
            {
                options[name] = value;
            }
        }
    }
}
