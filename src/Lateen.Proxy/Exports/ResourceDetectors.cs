using Envoy.Config.Core.V3;
using Envoy.Extensions.Tracers.Opentelemetry.ResourceDetectors.V3;
using Lateen.Proxy.Config.Decode;
using Lateen.Proxy.Formatting;

namespace Lateen.Proxy.Exports;

/// <summary>Attributes of the resource that telemetry is about, by OpenTelemetry's detectors.</summary>
internal static class ResourceDetectors
{
    private const string Prefix = "envoy.extensions.tracers.opentelemetry.resource_detectors.v3.";

    /// <summary>In order; a later attribute replaces an earlier one of the same name.</summary>
    public static List<KeyValuePair<string, string>> Detect(
        IReadOnlyList<TypedExtensionConfig> detectors, string path, DecodeContext context)
    {
        var found = new List<KeyValuePair<string, string>>();
        for (var i = 0; i < detectors.Count; i++)
        {
            var detector = detectors[i];
            switch (TypedConfigs.Open(detector.TypedConfig, out var bytes, out var fields))
            {
                case Prefix + "EnvironmentResourceDetectorConfig":
                    AddEnvironment(found, $"{path}[{i}]", context);
                    break;
                case Prefix + "StaticConfigResourceDetectorConfig":
                    var config = TypedConfigs.Read(StaticConfigResourceDetectorConfig.Parser, bytes, fields);
                    found.AddRange(config.Attributes.Where(pair => pair.Key.Length > 0)
                        .OrderBy(pair => pair.Key, StringComparer.Ordinal));
                    break;
                default:
                    TypedConfigs.ReportUnknown(detector.Name, detector.TypedConfig, $"{path}[{i}]", context);
                    break;
            }
        }
        return found;
    }

    private static void AddEnvironment(
        List<KeyValuePair<string, string>> found, string path, DecodeContext context)
    {
        const string Variable = "OTEL_RESOURCE_ATTRIBUTES";
        foreach (var pair in (StreamOperators.Environment(Variable) ?? "").Split(
            ',', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0)
            {
                context.Error(path, "RESOURCE", $"the environment variable {Variable} is malformed: {pair}");
                return;
            }
            found.Add(new(pair[..equals].Trim(), pair[(equals + 1)..].Trim()));
        }
    }
}
