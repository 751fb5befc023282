using Google.Protobuf.Collections;
using Lateen.Proxy.Filters;
using Lateen.Proxy.Stats;
using HttpFilterProto = Envoy.Extensions.Filters.Network.HttpConnectionManager.V3.HttpFilter;

namespace Lateen.Proxy.Config.Decode;

/// <summary>The filters of each attempt, of a cluster or of the router.</summary>
internal static class UpstreamFilterDecoder
{
    private const string Codec = "envoy.extensions.filters.http.upstream_codec.v3.UpstreamCodec";

    /// <summary>The filters without the codec at their end.</summary>
    /// <param name="filters">As configured; none is fine.</param>
    /// <param name="statPrefix">Where the names of their statistics begin, with the final dot.</param>
    /// <param name="isRouter">Of the router: statistics follow the prefix without its dot, but for those of access
    /// rules, as Envoy names them.</param>
    /// <param name="at">Path of the field, for errors.</param>
    /// <param name="context">Takes the errors.</param>
    public static HttpFilter[] Decode(
        RepeatedField<HttpFilterProto> filters, string statPrefix, bool isRouter, string at, DecodeContext context)
    {
        if (filters.Count == 0)
        {
            return [];
        }
        var result = new List<HttpFilter>();
        for (var i = 0; i < filters.Count; i++)
        {
            var type = TypedConfigs.Open(filters[i].TypedConfig, out _, out _);
            var isLast = i == filters.Count - 1;
            if ((type == Codec) != isLast || (isLast && filters[i].Disabled))
            {
                context.Error(at, "CLUSTER", ReasonOf(filters[i].Name, type == Codec, isLast));
                return [];
            }
            if (!isLast && One(filters[i], statPrefix, isRouter, $"{at}[{i}]", context) is { } filter)
            {
                result.Add(filter);
            }
        }
        return [.. result];
    }

    private static string ReasonOf(string name, bool isCodec, bool isLast) => (isCodec, isLast) switch
    {
        (true, true) => $"Error: the last (terminal) filter ({name}) in the chain cannot be disabled by default.",
        (true, _) => $"Error: terminal filter named {name} must be the last filter in a upstream chain.",
        _ => "The codec filter is the only valid terminal upstream HTTP filter, use "
            + "'envoy.extensions.filters.http.upstream_codec.v3.UpstreamCodec'",
    };

    private static HttpFilter? One(
        HttpFilterProto proto, string statPrefix, bool isRouter, string at, DecodeContext context)
    {
        var isRules = TypedConfigs.Open(proto.TypedConfig, out _, out _).EndsWith(".RBAC", StringComparison.Ordinal);
        var scope = context.Stats.GetScope(
            isRouter && !isRules ? statPrefix.TrimEnd('.') : statPrefix, StatLayout.Empty);
        var errors = context.Errors.Count;
        var filter = HttpFilterDecoder.DecodeInner(proto, scope, at, context);

        // Rules inside others are refused: Envoy takes them and heeds neither their matcher nor their verdict.
        if (filter is null or RbacFilter or { FitsAttempts: true })
        {
            return filter;
        }
        if (context.Errors.Count == errors)
        {
            context.Error(at, "CLUSTER", $"{proto.Name} is not supported as an upstream filter");
        }
        return null;
    }
}
