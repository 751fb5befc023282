using Lateen.Core.Logging;

namespace Lateen.Proxy.Admin;

/// <summary><c>/logging</c>: shows the loggers' levels and changes them: <c>level=L</c> for all, <c>NAME=L</c> for one,
/// <c>paths=NAME:L,NAME:L</c> for several.</summary>
internal static class LoggingPage
{
    private const string Usage = """
        usage: /logging?<name>=<level> (change single level)
        usage: /logging?paths=name1:level1,name2:level2,... (change multiple levels)
        usage: /logging?level=<level> (change all levels)
        levels: trace debug info warning error critical off

        """;

    /// <summary>Names that Envoy's users know; those without a logger of ours have a level all the same.</summary>
    private static readonly string[] EnvoyNames =
    [
        "admin", "backtrace", "client", "config", "connection", "dns", "dynamic_modules", "ext_authz", "ext_proc",
        "filter", "file", "grpc", "health_checker", "http", "http2", "hystrix", "init", "io", "jwt", "kafka", "lua",
        "main", "matcher", "misc", "mongo", "oauth2", "pool", "quic", "ratelimit_quota", "rbac", "rds", "redis",
        "router", "runtime", "secret", "stats", "stats_sinks", "stateful_session", "tap", "tcp", "testing", "thrift",
        "tracing", "udp", "upstream", "wasm",
    ];

    internal static AdminResponse Write(LogSink sink, AdminRequest request)
    {
        AddNames(sink);
        if (request.Query.Count > 1 || !request.Query.All(pair => Change(sink, pair.Key, pair.Value)))
        {
            return AdminResponse.Text(Usage, 400);
        }

        var lines = sink.Levels.Select(entry => $"  {entry.Name}: {LogLevels.NameOf(entry.Level)}\n");
        return AdminResponse.Text($"active loggers:\n{string.Concat(lines)}\n");
    }

    private static void AddNames(LogSink sink)
    {
        var known = sink.Levels.Select(entry => entry.Name).ToHashSet();
        foreach (var name in EnvoyNames.Where(name => !known.Contains(name)))
        {
            sink.CreateLogger(name);
        }
    }

    private static bool Change(LogSink sink, string name, string value)
    {
        if (name == "paths")
        {
            var pairs = value.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split(':'))
                .ToArray();
            return pairs.All(pair => pair.Length == 2 && IsKnown(sink, pair[0]) && LogLevels.TryParse(pair[1], out _))
                && pairs.All(pair => Change(sink, pair[0], pair[1]));
        }

        if (!LogLevels.TryParse(value, out var level))
        {
            return false;
        }

        if (name == "level")
        {
            sink.Minimum = level;
            return true;
        }

        return IsKnown(sink, name) && sink.SetLevel(name, level);
    }

    private static bool IsKnown(LogSink sink, string name) => sink.Levels.Any(entry => entry.Name == name);
}
