using Envoy.Config.Core.V3;
using Envoy.Extensions.Common.Matching.V3;
using Envoy.Extensions.Filters.Http.Composite.V3;
using Envoy.Extensions.Filters.Http.FilterChain.V3;
using Google.Protobuf.Collections;
using Lateen.Proxy.Filters;
using Lateen.Proxy.Matching;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Stats;
using HttpFilterProto = Envoy.Extensions.Filters.Network.HttpConnectionManager.V3.HttpFilter;

namespace Lateen.Proxy.Config.Decode.Filters;

/// <summary>Filters that hold others: <c>composite</c> and <c>filter_chain</c>.</summary>
internal static class NestedFilterDecoder
{
    private const string ExecuteFilter = "envoy.extensions.filters.http.composite.v3.ExecuteFilterAction";
    private const string SkipFilter = "envoy.extensions.filters.common.matcher.action.v3.SkipFilter";

    public static HttpFilter? Composite(FilterSource source)
    {
        var proto = source.Read(Envoy.Extensions.Filters.Http.Composite.V3.Composite.Parser);
        return Composite(source, proto.Matcher, $"{source.Path}.matcher");
    }

    public static HttpFilter? Composite(FilterSource source, global::Xds.Type.Matcher.V3.Matcher? matcher,
        string path)
    {
        var executed = new List<HttpFilter>();
        var tree = matcher is null ? null : Tree(source, source.Scope!, matcher, path, executed);
        var proto = source.Read(Envoy.Extensions.Filters.Http.Composite.V3.Composite.Parser);
        return new CompositeFilter(source.Scope!)
        {
            Name = source.Name,
            Disabled = source.Disabled,
            Tree = tree,
            Executed = executed,
            Named = [.. executed.OfType<DiscoveredFilter>()],
            Chains = proto.NamedFilterChains.ToDictionary(
                chain => chain.Key,
                chain => (HttpFilter)Sequence(
                    chain.Value.TypedConfig, source, source.Scope!,
                    $"{source.Path}.named_filter_chains[{chain.Key}]")),
        };
    }

    public static object? MatcherRoute(FilterSource source)
    {
        var proto = source.Read(ExtensionWithMatcherPerRoute.Parser);
        var scope = source.Context.Stats.GetScope("http.per_route.", StatLayout.Empty);
        var executed = new List<HttpFilter>();
        var tree = proto.XdsMatcher is null
            ? null : Tree(source, scope, proto.XdsMatcher, $"{source.Path}.xds_matcher", executed);
        if (executed.Exists(static filter => filter is DiscoveredFilter))
        {
            source.Error("xds_matcher", "dynamic_config is not supported on routes");
        }
        return tree;
    }

    public static HttpFilter FilterChain(FilterSource source)
    {
        var proto = source.Read(FilterChainConfig.Parser);
        return new FilterChainFilter
        {
            Name = source.Name,
            Disabled = source.Disabled,
            Default = proto.DefaultFilterChain is { } chain
                ? Sequence(chain.Filters, source, source.Scope!, $"{source.Path}.default_filter_chain") : null,
            Named = proto.FilterChains.ToDictionary(
                entry => entry.Key,
                entry => (HttpFilter)Sequence(
                    entry.Value.Filters, source, source.Scope!, $"{source.Path}.filter_chains[{entry.Key}]")),
        };
    }

    public static object FilterChainRoute(FilterSource source)
    {
        var proto = source.Read(FilterChainConfigPerRoute.Parser);
        var scope = source.Context.Stats.GetScope("http.per_route.", StatLayout.Empty);
        return new FilterChainRouteSettings(
            proto.FilterChain is { } chain
                ? Sequence(chain.Filters, source, scope, $"{source.Path}.filter_chain") : null,
            proto.FilterChainName);
    }

    private static FilterSequence Sequence(
        RepeatedField<TypedExtensionConfig> filters, FilterSource source, StatsScope scope, string path)
    {
        if (filters.Count == 0)
        {
            source.Context.Error(path, "HTTP_FILTERS", "value must contain at least 1 item(s)");
        }
        var inner = filters.Select((filter, i) => One(filter, source, scope, $"{path}.filters[{i}]"));
        return new FilterSequence([.. inner.OfType<HttpFilter>()]) { Name = source.Name };
    }

    private static HttpFilter? One(TypedExtensionConfig filter, FilterSource source, StatsScope scope, string path)
    {
        var decoded = HttpFilterDecoder.DecodeInner(
            new HttpFilterProto { Name = filter.Name, TypedConfig = filter.TypedConfig }, scope, path, source.Context);
        if (decoded is { IsTerminal: true })
        {
            source.Context.Error(path, "HTTP_FILTERS", $"terminal filter {filter.Name} cannot be inside another");
        }
        return decoded;
    }

    private static MatcherTree<CompositeAction>? Tree(
        FilterSource source, StatsScope scope, global::Xds.Type.Matcher.V3.Matcher matcher, string path,
        List<HttpFilter> executed) =>
        new MatcherTreeDecoder<CompositeAction>(
            (action, at) => Action(action, source, scope, at, executed), source.Context).Decode(matcher, path);

    /// <summary>A filter whose configuration is discovered.</summary>
    private static CompositeAction? Dynamic(
        DynamicConfig dynamic, FractionalPercent share, FilterSource source, StatsScope scope, string path)
    {
        if (dynamic.ConfigDiscovery is not { } discovery)
        {
            source.Context.Error($"{path}.config_discovery", "HTTP_FILTERS", "value is required");
            return null;
        }
        return DiscoveredFilterDecoder.Decode(
            new HttpFilterProto { Name = dynamic.Name }, discovery, scope, path, source.Context)
            is DiscoveredFilter filter ? new CompositeAction(filter, "", share) : null;
    }

    private static CompositeAction? Action(
        global::Xds.Core.V3.TypedExtensionConfig action, FilterSource source, StatsScope scope, string path,
        List<HttpFilter> executed)
    {
        var result = Action(action, source, scope, path);
        if (result?.Filter is { } filter)
        {
            executed.Add(filter);
        }
        return result;
    }

    private static CompositeAction? Action(
        global::Xds.Core.V3.TypedExtensionConfig action, FilterSource source, StatsScope scope, string path)
    {
        var type = TypedConfigs.Open(action.TypedConfig, out var bytes, out var fields);
        if (type == SkipFilter)
        {
            return new CompositeAction(null, "", FractionalPercent.All);
        }
        if (type != ExecuteFilter)
        {
            TypedConfigs.ReportUnknown(action.Name, action.TypedConfig, path, source.Context);
            return null;
        }
        var proto = TypedConfigs.Read(ExecuteFilterAction.Parser, bytes, fields);
        var share = proto.SamplePercent is null
            ? FractionalPercent.All : MatcherDecoder.DecodeFraction(proto.SamplePercent);
        if (proto.FilterChainName.Length > 0)
        {
            return new CompositeAction(null, proto.FilterChainName, share);
        }
        if (proto.DynamicConfig is { } dynamic)
        {
            return Dynamic(dynamic, share, source, scope, $"{path}.dynamic_config");
        }
        var filter = proto.FilterChain is { } chain
            ? Sequence(chain.TypedConfig, source, scope, $"{path}.filter_chain")
            : One(proto.TypedConfig, source, scope, $"{path}.typed_config");
        return filter is null ? null : new CompositeAction(filter, "", share);
    }
}
