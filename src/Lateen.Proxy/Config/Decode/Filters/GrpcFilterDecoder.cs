using Lateen.Proxy.Filters;
using Lateen.Proxy.GrpcFilters;
using BridgeProto = Envoy.Extensions.Filters.Http.GrpcHttp1Bridge.V3.Config;
using StatsProto = Envoy.Extensions.Filters.Http.GrpcStats.V3.FilterConfig;

namespace Lateen.Proxy.Config.Decode.Filters;

/// <summary>Filters of gRPC.</summary>
internal static class GrpcFilterDecoder
{
    public static HttpFilter Stats(FilterSource source)
    {
        var proto = source.Read(StatsProto.Parser);
        return new GrpcStatsFilter
        {
            Name = source.Name,
            Disabled = source.Disabled,
            EmitFilterState = proto.EmitFilterState,
            AllMethods = proto.StatsForAllMethods ?? false,
            ReplaceDots = proto.ReplaceDotsInGrpcServiceName,
            Methods = [.. proto.IndividualMethodStatsAllowlist?.Services.SelectMany(service =>
                service.MethodNames.Select(method => new GrpcMethod(service.Name, method))) ?? []],
        };
    }

    public static HttpFilter Web(FilterSource source) =>
        new GrpcWebFilter { Name = source.Name, Disabled = source.Disabled };

    public static HttpFilter Bridge(FilterSource source)
    {
        var proto = source.Read(BridgeProto.Parser);
        return new GrpcBridgeFilter
        {
            Name = source.Name,
            Disabled = source.Disabled,
            UpgradesProtobuf = proto.UpgradeProtobufToGrpc,
            IgnoresQuery = proto.IgnoreQueryParameters,
        };
    }
}
