using Envoy.Config.Core.V3;
using Google.Protobuf.WellKnownTypes;
using Lateen.Core;
using Lateen.Proxy.Filters;
using Lateen.Proxy.Stats;
using HttpFilterProto = Envoy.Extensions.Filters.Network.HttpConnectionManager.V3.HttpFilter;

namespace Lateen.Proxy.Config.Decode.Filters;

/// <summary>HTTP filters whose configuration is discovered.</summary>
internal static class DiscoveredFilterDecoder
{
    /// <summary>The filter with its place in the table of extensions.</summary>
    public static HttpFilter? Decode(
        HttpFilterProto filter, ExtensionConfigSource discovery, StatsScope scope, string path, DecodeContext context)
    {
        var at = $"{path}.config_discovery";
        if (discovery.TypeUrls.Count == 0)
        {
            context.Error($"{at}.type_urls", "HTTP_FILTERS", "type_urls must name at least one type");
            return null;
        }
        if (discovery.ApplyDefaultConfigWithoutWarming && discovery.DefaultConfig is null)
        {
            context.Error($"{at}.default_config", "HTTP_FILTERS",
                $"Error: filter config {filter.Name} applied without warming but has no default config.");
            return null;
        }
        var (name, resources) = (filter.Name, context.Resources);
        var types = discovery.TypeUrls.Select(NameOf).ToHashSet(StringComparer.Ordinal);
        HttpFilter? standard = null;
        if (discovery.DefaultConfig is { } any)
        {
            standard = Build(any, context.Errors);
        }
        var slot = new FilterSlot(name, SourceDecoder.Decode(discovery.ConfigSource, $"{at}.config_source", context))
        {
            Default = standard,
            StartsWithDefault = discovery.ApplyDefaultConfigWithoutWarming,
            Build = Build,
        };
        resources.Extensions.Add(slot);
        return new DiscoveredFilter { Name = name, Disabled = filter.Disabled, Slot = slot };

        HttpFilter? Build(Any config, List<ConfigError> errors)
        {
            var type = TypedConfigs.Open(config, out _, out _);
            if (!types.Contains(type))
            {
                errors.Add(new ConfigError(name, "HTTP_FILTERS",
                    $"Error: filter config has type URL {type} but expect {string.Join(", ", types)}."));
                return null;
            }
            var inner = new DecodeContext { Resources = resources };
            var built = HttpFilterDecoder.DecodeInner(
                new HttpFilterProto { Name = name, TypedConfig = config }, scope, name, inner);
            if (built is { IsTerminal: true })
            {
                inner.Error(name, "HTTP_FILTERS", "a terminal filter cannot be discovered");
            }
            errors.AddRange(inner.Errors);
            return inner.Errors.Count == 0 ? built : null;
        }
    }

    private static string NameOf(string typeUrl) => typeUrl[(typeUrl.LastIndexOf('/') + 1)..];
}
