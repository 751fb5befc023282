using System.Text;
using Envoy.Config.Route.V3;
using Envoy.Extensions.Filters.Network.HttpConnectionManager.V3;
using Lateen.Http;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Stats;
using Extractor = Envoy.Extensions.Filters.Network.HttpConnectionManager.V3.ScopedRoutes.Types.ScopeKeyBuilder.Types
    .FragmentBuilder.Types.HeaderValueExtractor;
using Fragment = Envoy.Extensions.Filters.Network.HttpConnectionManager.V3.ScopedRoutes.Types.ScopeKeyBuilder.Types
    .FragmentBuilder;
using ScopedRoutes = Lateen.Proxy.Routing.ScopedRoutes;
using ScopedRoutesProto = Envoy.Extensions.Filters.Network.HttpConnectionManager.V3.ScopedRoutes;

namespace Lateen.Proxy.Config.Decode;

/// <summary>Scoped routes: the keys of requests, and the scopes.</summary>
internal static class ScopedRoutesDecoder
{
    private const string Code = "SCOPED_ROUTES";

    /// <summary>The connection manager's side; null with errors noted.</summary>
    public static ScopedRoutes? Decode(
        ScopedRoutesProto routes, string statPrefix, string path, DecodeContext context)
    {
        if (routes.Name.Length == 0)
        {
            context.Error($"{path}.name", Code, "a name is required");
        }
        if (DecodeKeys(routes.ScopeKeyBuilder, $"{path}.scope_key_builder", context) is not { } keys)
        {
            return null;
        }
        switch (routes.ConfigSpecifierCase)
        {
            case ScopedRoutesProto.ConfigSpecifierOneofCase.ScopedRouteConfigurationsList:
                var list = DecodeList(
                    routes.ScopedRouteConfigurationsList, $"{path}.scoped_route_configurations_list", context);
                return new ScopedRoutes(routes.Name, keys, new RouteScopeSlot(new RouteScopeSet(list)));
            case ScopedRoutesProto.ConfigSpecifierOneofCase.ScopedRds:
                return DecodeDiscovered(routes, keys, statPrefix, path, context);
            default:
                context.Error(path, Code, "scopes are required",
                    "add scoped_rds or scoped_route_configurations_list");
                return null;
        }
    }

    /// <summary>A scope; its table is found by <paramref name="findTable"/> where it is named only.</summary>
    public static RouteScope? DecodeScope(
        ScopedRouteConfiguration scope, string path, DecodeContext context,
        Func<string, RouteConfigurationSlot>? findTable)
    {
        var errors = context.Errors.Count;
        if (scope.Name.Length == 0)
        {
            context.Error($"{path}.name", Code, "a name is required");
        }
        if (scope.Key is not { Fragments.Count: > 0 })
        {
            context.Error($"{path}.key.fragments", Code, "a key with at least one fragment is required");
        }
        else if (scope.Key.Fragments.Any(fragment =>
            fragment.TypeCase != ScopedRouteConfiguration.Types.Key.Types.Fragment.TypeOneofCase.StringKey))
        {
            context.Error($"{path}.key.fragments", Code, "fragments are string_key only");
        }
        var key = scope.Key is null
            ? null
            : ScopeKeyBuilder.Build(scope.Key.Fragments.Select(part => Encoding.UTF8.GetBytes(part.StringKey)));
        if (key is null && scope.Key is not null)
        {
            context.Error($"{path}.key", Code, $"the key is longer than {ScopeKeyBuilder.KeyBytesMax} bytes");
        }
        var slot = DecodeTable(scope, path, context, findTable);
        return context.Errors.Count == errors && slot is not null
            ? new RouteScope { Name = scope.Name, Key = key!, Routes = slot, IsOnDemand = scope.OnDemand }
            : null;
    }

    private static RouteConfigurationSlot? DecodeTable(
        ScopedRouteConfiguration scope, string path, DecodeContext context,
        Func<string, RouteConfigurationSlot>? findTable)
    {
        if (scope.RouteConfigurationName.Length > 0)
        {
            if (findTable is not null)
            {
                return findTable(scope.RouteConfigurationName);
            }
            context.Error($"{path}.route_configuration_name", Code,
                "Fetching routes via RDS (route_configuration_name) is not supported with inline scoped routes.");
            return null;
        }
        if (scope.RouteConfiguration is null)
        {
            context.Error(path, Code, findTable is null
                ? "You must specify a route_configuration with inline scoped routes."
                : "route_configuration_name is empty.");
            return null;
        }
        return new RouteConfigurationSlot(scope.RouteConfiguration.Name,
            RouteDecoder.Decode(scope.RouteConfiguration, $"{path}.route_configuration", context));
    }

    private static List<RouteScope> DecodeList(
        ScopedRouteConfigurationsList list, string path, DecodeContext context)
    {
        var scopes = new List<RouteScope>();
        if (list.ScopedRouteConfigurations.Count == 0)
        {
            context.Error($"{path}.scoped_route_configurations", Code, "at least one scope is required");
        }
        for (var i = 0; i < list.ScopedRouteConfigurations.Count; i++)
        {
            var at = $"{path}.scoped_route_configurations[{i}]";
            if (DecodeScope(list.ScopedRouteConfigurations[i], at, context, null) is { } scope)
            {
                // As in Envoy, the last one of a name, or of a key, counts.
                scopes.RemoveAll(other => other.Name == scope.Name);
                scopes.Add(scope);
            }
        }
        return scopes;
    }

    private static ScopedRoutes? DecodeDiscovered(
        ScopedRoutesProto routes, ScopeKeyBuilder keys, string statPrefix, string path, DecodeContext context)
    {
        if (routes.ScopedRds.SrdsResourcesLocator.Length > 0)
        {
            context.Error($"{path}.scoped_rds.srds_resources_locator", Code,
                "names of the form xdstp:// are not supported", "leave it out");
            return null;
        }
        var errors = context.Errors.Count;
        var source = SourceDecoder.Decode(
            routes.ScopedRds.ScopedRdsConfigSource, $"{path}.scoped_rds.scoped_rds_config_source", context);
        // Scopes that carry their tables need no source of any.
        var tables = routes.RdsConfigSource is null
            ? Discovery.DiscoverySource.Ads
            : SourceDecoder.Decode(routes.RdsConfigSource, $"{path}.rds_config_source", context);
        return context.Errors.Count > errors
            ? null
            : new ScopedRoutes(routes.Name, keys, context.Resources.Scopes.GetOrAdd(source, tables))
            {
                StatPrefix = $"http.{statPrefix}.scoped_rds.{StatNames.Sanitize(routes.Name)}.",
            };
    }

    private static ScopeKeyBuilder? DecodeKeys(
        ScopedRoutesProto.Types.ScopeKeyBuilder? builder, string path, DecodeContext context)
    {
        if (builder is not { Fragments.Count: > 0 })
        {
            context.Error($"{path}.fragments", Code, "at least one fragment is required");
            return null;
        }
        var fragments = new List<ScopeKeyFragment>();
        for (var i = 0; i < builder.Fragments.Count; i++)
        {
            if (DecodeFragment(builder.Fragments[i], $"{path}.fragments[{i}]", context) is { } fragment)
            {
                fragments.Add(fragment);
            }
        }
        return fragments.Count == builder.Fragments.Count ? new ScopeKeyBuilder([.. fragments]) : null;
    }

    private static ScopeKeyFragment? DecodeFragment(Fragment fragment, string path, DecodeContext context)
    {
        var extractor = fragment.HeaderValueExtractor;
        if (extractor is not { Name.Length: > 0 })
        {
            context.Error($"{path}.header_value_extractor", Code, "a header_value_extractor with a name is required");
            return null;
        }
        path = $"{path}.header_value_extractor";
        if (extractor.ExtractTypeCase == Extractor.ExtractTypeOneofCase.None)
        {
            context.Error(path, Code, "HeaderValueExtractor extract_type not set.", "add index or element");
            return null;
        }
        if (extractor is { Element: null, ElementSeparator.Length: 0, Index: > 0 })
        {
            context.Error(path, Code, "Index > 0 for empty string element separator.");
            return null;
        }
        if (extractor.Element is { } element && (element.Separator.Length == 0 || element.Key.Length == 0))
        {
            context.Error($"{path}.element", Code, "a separator and a key are required");
            return null;
        }
        return new ScopeKeyFragment
        {
            Header = HeaderName.Create(extractor.Name),
            ElementSeparator = Encoding.UTF8.GetBytes(extractor.ElementSeparator),
            Index = extractor.Index,
            Key = extractor.Element is null ? null : Encoding.UTF8.GetBytes(extractor.Element.Key),
            KeySeparator = Encoding.UTF8.GetBytes(extractor.Element?.Separator ?? ""),
        };
    }
}
