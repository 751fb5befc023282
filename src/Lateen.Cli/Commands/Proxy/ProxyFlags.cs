using System.CommandLine;

namespace Lateen.Cli.Commands.Proxy;

/// <summary>The flags of <c>lateen proxy</c>: Envoy's names, values and defaults.</summary>
internal static class ProxyFlags
{
    internal static readonly Option<string?> ConfigPath = new("--config-path", "-c")
    {
        Description = "Bootstrap file: .yaml, .json, .pb or .pb_text.",
    };

    internal static readonly Option<string?> ConfigYaml = Text("--config-yaml", "Bootstrap merged over the file.");
    internal static readonly Option<string> Mode = Text("--mode", "serve, validate or init_only.", "serve");

    internal static readonly Option<uint?> Concurrency = new("--concurrency") { Description = "Number of workers." };
    internal static readonly Option<string?> ServiceNode = Text("--service-node", "Overrides node.id.");
    internal static readonly Option<string?> ServiceCluster = Text("--service-cluster", "Overrides node.cluster.");
    internal static readonly Option<string?> ServiceZone = Text("--service-zone", "Overrides the node's zone.");

    internal static readonly Option<string> LogLevel =
        Text("--log-level", "trace, debug, info, warning, error, critical or off.", "info", "-l");

    internal static readonly Option<string?> ComponentLogLevel =
        Text("--component-log-level", "Levels of single loggers: xds:debug,admin:off.");

    internal static readonly Option<string?> LogFormat = Text("--log-format", "Line format in spdlog's syntax.");
    internal static readonly Option<bool> LogFormatEscaped = Switch("--log-format-escaped", "Escapes log messages.");
    internal static readonly Option<string?> LogPath = Text("--log-path", "Log file; else standard error.");

    internal static readonly Option<uint> DrainTime =
        Number("--drain-time-s", "Seconds that connections of removed listeners may go on.", 600);

    internal static readonly Option<string> DrainStrategy =
        Text("--drain-strategy", "gradual or immediate.", "gradual");

    internal static readonly Option<uint> ParentShutdownTime =
        Number("--parent-shutdown-time-s", "For hot restart, which is not there; accepted.", 900);

    internal static readonly Option<uint> FlushInterval =
        Number("--file-flush-interval-msec", "How often access log files are written.", 10000);

    internal static readonly Option<uint> FlushSize =
        Number("--file-flush-min-size-kb", "Access log files are written once this much waits.", 64);

    internal static readonly Option<bool> AllowUnknownStatic = new("--allow-unknown-static-fields",
        "--allow-unknown-fields")
    {
        Description = "Accepts fields of the bootstrap that are not known.",
    };

    internal static readonly Option<bool> RejectUnknownDynamic =
        Switch("--reject-unknown-dynamic-fields", "Refuses discovered resources with fields that are not known.");

    internal static readonly Option<bool> IgnoreUnknownDynamic =
        Switch("--ignore-unknown-dynamic-fields", "Says nothing about unknown fields of discovered resources.");

    internal static readonly Option<string?> AdminAddressPath =
        Text("--admin-address-path", "File that receives the admin address.");

    internal static readonly Option<string> LocalAddressIpVersion =
        Text("--local-address-ip-version", "v4 or v6.", "v4");

    internal static readonly Option<string[]> StatsTags = new("--stats-tag")
    {
        Description = "TAG:VALUE, added to all statistics; may be repeated.",
    };

    internal static readonly Option<string?> DisableExtensions =
        Text("--disable-extensions", "Extensions that configuration may not use, with commas between them.");

    internal static readonly Option<uint> RestartEpoch =
        Number("--restart-epoch", "For hot restart, which is not there; accepted.", 0);

    internal static readonly Option<bool> UseDynamicBaseId =
        Switch("--use-dynamic-base-id", "For hot restart, which is not there; accepted.");

    internal static readonly Option<bool> HotRestartVersion =
        Switch("--hot-restart-version", "Prints the version of hot restart: disabled.");

    internal static readonly Option<bool> Version = Switch("--version", "Prints the version.");

    /// <summary>Flags of Envoy that have nothing to change here: no hot restart, no other allocator, no deprecation
    /// lines.</summary>
    private static readonly Option[] _accepted =
    [
        Switch("--disable-hot-restart", "Accepted."), Switch("--skip-deprecated-logs", "Accepted."),
        Switch("--enable-mutex-tracing", "Accepted."), Switch("--cpuset-threads", "Accepted."),
        Switch("--enable-core-dump", "Accepted."), Switch("--enable-fine-grain-logging", "Accepted."),
        Switch("--skip-hot-restart-on-no-parent", "Accepted."), Switch("--skip-hot-restart-parent-stats", "Accepted."),
        Switch("--log-stacktrace-single-entry", "Accepted."), Number("--base-id", "Accepted.", 0),
        Text("--base-id-path", "Accepted."), Text("--socket-path", "Accepted."), Text("--socket-mode", "Accepted."),
    ];

    /// <summary>All flags.</summary>
    internal static IEnumerable<Option> All =>
    [
        ConfigPath, ConfigYaml, Mode, Concurrency, ServiceNode, ServiceCluster, ServiceZone, LogLevel,
        ComponentLogLevel, LogFormat, LogFormatEscaped, LogPath, DrainTime, DrainStrategy, ParentShutdownTime,
        FlushInterval, FlushSize, AllowUnknownStatic, RejectUnknownDynamic, IgnoreUnknownDynamic, AdminAddressPath,
        LocalAddressIpVersion, StatsTags, DisableExtensions, RestartEpoch, UseDynamicBaseId, HotRestartVersion, Version,
        .. _accepted,
    ];

    private static Option<string?> Text(string name, string about) => new(name) { Description = about };

    private static Option<string> Text(string name, string about, string value, params string[] aliases) =>
        new(name, aliases) { Description = about, DefaultValueFactory = _ => value };

    private static Option<uint> Number(string name, string about, uint value) =>
        new(name) { Description = about, DefaultValueFactory = _ => value };

    private static Option<bool> Switch(string name, string about) => new(name) { Description = about };
}
