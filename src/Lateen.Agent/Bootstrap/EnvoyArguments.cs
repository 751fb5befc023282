using System.Globalization;
using Istio.Mesh.V1Alpha1;

namespace Lateen.Agent.Bootstrap;

/// <summary>The command line with which an agent starts Envoy.</summary>
public static class EnvoyArguments
{
    private const string FipsCiphers =
        "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
        + "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384";

    /// <summary>All arguments after the program's name.</summary>
    /// <param name="bootstrapFile">The file that holds the bootstrap.</param>
    /// <param name="options">Families and log settings.</param>
    /// <param name="config">Drain time, workers, file flushing.</param>
    /// <param name="logLevel">E.g. <c>warning,misc:error</c>: the level, then levels of components.</param>
    /// <param name="componentLogLevel">Levels of components; empty for none.</param>
    public static List<string> Build(
        string bootstrapFile, BootstrapOptions options, ProxyConfig config, string logLevel, string componentLogLevel)
    {
        var levels = logLevel.Split(',', 2);
        var components = string.Join(
            ',', new[] { levels.Length > 1 ? levels[1] : "", componentLogLevel }.Where(text => text.Length > 0));
        var flush = config.FileFlushInterval?.ToTimeSpan() ?? TimeSpan.FromSeconds(1);
        List<string> arguments =
        [
            "-c", bootstrapFile,
            "--drain-time-s", Number(config.DrainDuration?.Seconds ?? 0),
            "--drain-strategy", "immediate",
            "--local-address-ip-version", options.Role.IsIpv6Only ? "v6" : "v4",
            "--file-flush-interval-msec", Number((long)flush.TotalMilliseconds),
            "--disable-hot-restart",
            "--allow-unknown-static-fields",
            "-l", levels[0],
        ];
        if (config.FileFlushMinSizeKb > 0)
        {
            arguments.AddRange(["--file-flush-min-size-kb", Number(config.FileFlushMinSizeKb)]);
        }
        if (components.Length > 0)
        {
            arguments.AddRange(["--component-log-level", components]);
        }
        if (options.SkipDeprecatedLogs)
        {
            arguments.Add("--skip-deprecated-logs");
        }
        if (config.Concurrency is > 0)
        {
            arguments.AddRange(["--concurrency", Number(config.Concurrency.Value)]);
        }
        return arguments;
    }

    /// <summary>Variables that Envoy gets besides the agent's own.</summary>
    public static IReadOnlyDictionary<string, string> Environment(BootstrapOptions options) =>
        options.CompliancePolicy.StartsWith("fips", StringComparison.Ordinal)
            ? new Dictionary<string, string> { ["GRPC_SSL_CIPHER_SUITES"] = FipsCiphers }
            : new Dictionary<string, string>();

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
