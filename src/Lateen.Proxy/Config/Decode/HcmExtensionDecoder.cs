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
        if (hcm.OriginalIpDetectionExtensions.Count > 0 && (hcm.UseRemoteAddress ?? false))
        {
            context.Error(at, "HCM", "Original IP detection extensions and use_remote_address may not be mixed");
        }
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
                    result.Add(new IpDetection.ForwardedFor(
                        (int)xff.XffNumTrustedHops,
                        AddressDecoder.DecodeRanges(
                            xff.XffTrustedCidrs?.Cidrs ?? [], $"{at}.xff_trusted_cidrs", context)));
                    break;
                default:
                    TypedConfigs.ReportUnknown(extension.Name, extension.TypedConfig, at, context);
                    break;
            }
        }
        return [.. result];
    }
}
