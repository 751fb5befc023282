using Lateen.Http;
using Lateen.Proxy.Http;
using Lateen.Proxy.Routing;
using CustomHeaderConfig = Envoy.Extensions.Http.OriginalIpDetection.CustomHeader.V3.CustomHeaderConfig;
using EarlyMutation = Envoy.Extensions.Http.EarlyHeaderMutation.HeaderMutation.V3.HeaderMutation;
using HcmProto = Envoy.Extensions.Filters.Network.HttpConnectionManager.V3.HttpConnectionManager;
using XffConfig = Envoy.Extensions.Http.OriginalIpDetection.Xff.V3.XffConfig;

namespace Lateen.Proxy.Config.Decode;

/// <summary>Extensions of the connection manager itself.</summary>
internal static class HcmExtensionDecoder
{
    private const int RejectStatusDefault = 403;

    private static readonly string[] _checkedHeaders =
    [
        "x-envoy-upstream-rq-timeout-ms", "x-envoy-upstream-rq-per-try-timeout-ms", "x-envoy-max-retries",
        "x-envoy-retry-grpc-on", "x-envoy-retry-on",
    ];

    /// <summary>The headers whose values the router is to check.</summary>
    public static string[] StrictHeaders(
        Envoy.Extensions.Filters.Http.Router.V3.Router router, string path, DecodeContext context)
    {
        foreach (var name in router.StrictCheckHeaders)
        {
            if (!_checkedHeaders.Contains(name))
            {
                context.Error($"{path}.strict_check_headers", "ROUTER",
                    $"value must be in list [{string.Join(' ', _checkedHeaders)}], not {name}");
            }
        }
        return [.. router.StrictCheckHeaders];
    }

    public static HeaderMutations[] EarlyMutations(HcmProto hcm, string path, DecodeContext context)
    {
        const string Type = "envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation";
        var result = new List<HeaderMutations>();
        foreach (var extension in hcm.EarlyHeaderMutationExtensions)
        {
            var at = $"{path}.early_header_mutation_extensions";
            if (TypedConfigs.Open(extension.TypedConfig, out var bytes, out var fields) != Type)
            {
                TypedConfigs.ReportUnknown(extension.Name, extension.TypedConfig, at, context);
                continue;
            }
            result.AddRange(TypedConfigs.Read(EarlyMutation.Parser, bytes, fields).Mutations.Select(mutation =>
                mutation.Append is not null
                    ? HeaderDecoder.Decode([mutation.Append], [], at, "append", context)
                    : HeaderDecoder.Decode([], [mutation.Remove], at, "remove", context)));
        }
        return [.. result];
    }

    public static IpDetection[] IpDetections(HcmProto hcm, string path, DecodeContext context)
    {
        const string Prefix = "envoy.extensions.http.original_ip_detection.";
        var at = $"{path}.original_ip_detection_extensions";
        var result = new List<IpDetection>();
        foreach (var extension in hcm.OriginalIpDetectionExtensions)
        {
            switch (TypedConfigs.Open(extension.TypedConfig, out var bytes, out var fields))
            {
                case Prefix + "custom_header.v3.CustomHeaderConfig":
                    var header = TypedConfigs.Read(CustomHeaderConfig.Parser, bytes, fields);
                    var status = (int)(header.RejectWithStatus?.Code ?? 0);
                    result.Add(new IpDetection.CustomHeader(
                        HeaderName.Create(header.HeaderName), header.AllowExtensionToSetAddressAsTrusted)
                    {
                        RejectStatus = header.RejectWithStatus is null ? 0
                            : status is >= 400 and <= 511 ? status : RejectStatusDefault,
                    });
                    break;
                case Prefix + "xff.v3.XffConfig":
                    var xff = TypedConfigs.Read(XffConfig.Parser, bytes, fields);
                    if (xff.XffNumTrustedHops > 0 && xff.XffTrustedCidrs is not null)
                    {
                        context.Error(at, "HCM", "Cannot set both xff_num_trusted_hops and xff_trusted_cidrs");
                    }
                    result.Add(new IpDetection.ForwardedFor(
                        (int)xff.XffNumTrustedHops,
                        AddressDecoder.DecodeRanges(
                            xff.XffTrustedCidrs?.Cidrs ?? [], $"{at}.xff_trusted_cidrs", context))
                    {
                        AppendsPeer = xff.SkipXffAppend == false,
                    });
                    break;
                default:
                    TypedConfigs.ReportUnknown(extension.Name, extension.TypedConfig, at, context);
                    break;
            }
        }
        return [.. result];
    }
}
