using System.Text;
using Lateen.Http;
using Lateen.Proxy.Filters;
using Lateen.Proxy.GrpcFilters;
using BridgeProto = Envoy.Extensions.Filters.Http.GrpcHttp1Bridge.V3.Config;
using ConnectProto = Envoy.Extensions.Filters.Http.ConnectGrpcBridge.V3.FilterConfig;
using ReverseProto = Envoy.Extensions.Filters.Http.GrpcHttp1ReverseBridge.V3.FilterConfig;
using ReverseRouteProto = Envoy.Extensions.Filters.Http.GrpcHttp1ReverseBridge.V3.FilterConfigPerRoute;
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
            Times = proto.EnableUpstreamStats ? new GrpcTimes(source.Context.Stats) : null,
            ReplaceDots = proto.ReplaceDotsInGrpcServiceName,
            Methods = [.. proto.IndividualMethodStatsAllowlist?.Services.SelectMany(service =>
                service.MethodNames.Select(method => new GrpcMethod(service.Name, method))) ?? []],
        };
    }

    public static HttpFilter Web(FilterSource source) =>
        new GrpcWebFilter { Name = source.Name, Disabled = source.Disabled };

    public static HttpFilter Connect(FilterSource source)
    {
        _ = source.Read(ConnectProto.Parser);
        return new ConnectBridgeFilter { Name = source.Name, Disabled = source.Disabled };
    }

    public static HttpFilter ReverseBridge(FilterSource source)
    {
        var proto = source.Read(ReverseProto.Parser);
        if (proto.ContentType.Length == 0)
        {
            source.Error("content_type", "value length must be at least 1 characters");
        }
        return new GrpcReverseBridgeFilter
        {
            Name = source.Name,
            Disabled = source.Disabled,
            ContentType = Encoding.ASCII.GetBytes(proto.ContentType),
            WithholdsFrames = proto.WithholdGrpcFrames,
            SizeHeader = proto.ResponseSizeHeader.Length > 0 ? HeaderName.Create(proto.ResponseSizeHeader) : null,
        };
    }

    public static object ReverseBridgeRoute(FilterSource source) =>
        new ReverseBridgeRouteSettings(source.Read(ReverseRouteProto.Parser).Disabled);

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
