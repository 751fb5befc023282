using Envoy.Config.Core.V3;
using Google.Protobuf.WellKnownTypes;
using Lateen.Core;
using Lateen.Proxy.Filters;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Config.Decode;

/// <summary>Filters whose configuration is discovered, of whatever kind.</summary>
internal static class ExtensionDecoder
{
    /// <summary>The place of a filter, which follows its name in the table of extensions; null with errors
    /// noted.</summary>
    /// <param name="name">The filter's name, and the resource's.</param>
    /// <param name="discovery">Where it comes from, and what it may be.</param>
    /// <param name="kind">The kind of filter, as statistics name it.</param>
    /// <param name="path">Of <paramref name="discovery"/>.</param>
    /// <param name="context">Takes errors.</param>
    /// <param name="build">Makes the filter of a configuration whose type is allowed.</param>
    public static ExtensionSlotOf<T>? Decode<T>(
        string name, ExtensionConfigSource discovery, string kind, string path, DecodeContext context,
        Func<Any, DecodeContext, T?> build)
        where T : class
    {
        if (discovery.TypeUrls.Count == 0)
        {
            context.Error($"{path}.type_urls", "DISCOVERY", "type_urls must name at least one type");
            return null;
        }
        if (discovery.ApplyDefaultConfigWithoutWarming && discovery.DefaultConfig is null)
        {
            context.Error($"{path}.default_config", "DISCOVERY",
                $"Error: filter config {name} applied without warming but has no default config.");
            return null;
        }
        var resources = context.Resources;
        var types = discovery.TypeUrls.Select(NameOf).ToHashSet(StringComparer.Ordinal);
        var standard = discovery.DefaultConfig is { } any ? Build(any, context.Errors) : null;
        var slot = new ExtensionSlotOf<T>(
            name, SourceDecoder.Decode(discovery.ConfigSource, $"{path}.config_source", context))
        {
            Default = standard,
            StartsWithDefault = discovery.ApplyDefaultConfigWithoutWarming,
            StatPrefix = $"extension_config_discovery.{kind}.{StatNames.Sanitize(name)}.",
            Build = Build,
        };
        resources.Extensions.Add(slot);
        return slot;

        T? Build(Any config, List<ConfigError> errors)
        {
            var type = TypedConfigs.Open(config, out _, out _);
            if (!types.Contains(type))
            {
                errors.Add(new ConfigError(name, "DISCOVERY",
                    $"Error: filter config has type URL {type} but expect {string.Join(", ", types)}."));
                return null;
            }
            var inner = new DecodeContext { Resources = resources };
            var built = build(config, inner);
            errors.AddRange(inner.Errors);
            return inner.Errors.Count == 0 ? built : null;
        }
    }

    private static string NameOf(string typeUrl) => typeUrl[(typeUrl.LastIndexOf('/') + 1)..];
}
