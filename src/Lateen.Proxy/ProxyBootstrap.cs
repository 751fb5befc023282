using Envoy.Config.Bootstrap.V3;
using Google.Protobuf;
using Lateen.Core;
using Lateen.Proxy.Config;

namespace Lateen.Proxy;

/// <summary>Reads bootstraps that people or other programs wrote.</summary>
public static class ProxyBootstrap
{
    private const string BootstrapUrl = "type.googleapis.com/envoy.config.bootstrap.v3.Bootstrap";

    /// <summary>
    /// Reads a bootstrap file (YAML, JSON, binary or text protobuf, by its ending) and merges inline YAML over it.
    /// Unknown fields are errors with their path unless they are allowed; texts with such are told then.
    /// </summary>
    public static Bootstrap Read(
        string? file, string? inline, bool allowUnknownFields, ICollection<ConfigError> errors,
        ICollection<string>? ignored = null)
    {
        ArgumentNullException.ThrowIfNull(errors);
        var found = new List<ConfigError>();
        var bootstrap = BootstrapReader.Read(file, inline, allowUnknownFields, found, ignored);
        if (found.Count == 0
            && ResourceGuard.FindBrokenRule(BootstrapUrl, bootstrap.ToByteString()) is { } wrong)
        {
            found.Add(new ConfigError("", "CONFIG", wrong));
        }
        foreach (var error in found)
        {
            errors.Add(error);
        }
        return bootstrap;
    }

    /// <summary>
    /// The log line's format that <c>application_log_config</c> wants, in spdlog's syntax; null for the default one.
    /// </summary>
    public static string? FindLogFormat(Bootstrap bootstrap, ICollection<ConfigError> errors)
    {
        ArgumentNullException.ThrowIfNull(bootstrap);
        ArgumentNullException.ThrowIfNull(errors);
        switch (bootstrap.ApplicationLogConfig?.LogFormat)
        {
            case { TextFormat: { Length: > 0 } text }:
                return text;
            case { JsonFormat: { } json }:
                var output = new ByteBuffer();
                JsonText.Write(output, json);
                var pattern = output.ToString();
                if (pattern.Contains("%v", StringComparison.Ordinal)
                    || pattern.Contains("%_", StringComparison.Ordinal))
                {
                    errors.Add(new ConfigError("application_log_config.log_format.json_format", "LOG_FORMAT",
                        "setJsonLogFormat error: use of %v or %_ in JSON format is not allowed; use %j"));
                }
                return pattern;
            default:
                return null;
        }
    }
}
