using Google.Protobuf.Collections;
using Lateen.Proxy.Stats;
using HttpFilterProto = Envoy.Extensions.Filters.Network.HttpConnectionManager.V3.HttpFilter;

namespace Lateen.Proxy.Config.Decode;

/// <summary>The filters of each attempt, of a cluster or of the router: so far those that look at headers
/// only.</summary>
internal static class UpstreamFilterDecoder
{
    private const string Codec = "envoy.extensions.filters.http.upstream_codec.v3.UpstreamCodec";

    /// <summary>The filters without the codec at their end.</summary>
    /// <param name="filters">As configured; none is fine.</param>
    /// <param name="statPrefix">Where the names of their statistics begin.</param>
    /// <param name="at">Path of the field, for errors.</param>
    /// <param name="context">Takes the errors.</param>
    public static Proxy.Filters.HttpFilter[] Decode(
        RepeatedField<HttpFilterProto> filters, string statPrefix, string at, DecodeContext context)
    {
        if (filters.Count == 0)
        {
            return [];
        }
        var scope = context.Stats.GetScope(statPrefix, StatLayout.Empty);
        var result = new List<Proxy.Filters.HttpFilter>();
        for (var i = 0; i < filters.Count; i++)
        {
            var type = TypedConfigs.Open(filters[i].TypedConfig, out _, out _);
            if ((type == Codec) != (i == filters.Count - 1))
            {
                context.Error(at, "CLUSTER", type == Codec
                    ? $"Error: terminal filter named {filters[i].Name} must be the last filter in a upstream chain."
                    : $"Error: non-terminal filter named {filters[i].Name} is the last filter in a upstream chain.");
                return [];
            }
            if (type == Codec)
            {
                break;
            }
            if (HttpFilterDecoder.DecodeInner(filters[i], scope, $"{at}[{i}]", context)
                is Proxy.Filters.HeaderMutationFilter filter)
            {
                result.Add(filter);
            }
            else
            {
                context.Error(
                    $"{at}[{i}]", "CLUSTER", $"{filters[i].Name} is not supported as an upstream filter");
            }
        }
        return [.. result];
    }
}
