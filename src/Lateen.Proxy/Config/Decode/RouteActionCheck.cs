using Google.Protobuf.WellKnownTypes;
using RouteActionProto = Envoy.Config.Route.V3.RouteAction;

namespace Lateen.Proxy.Config.Decode;

/// <summary>What a forwarding route must not say.</summary>
internal static class RouteActionCheck
{
    private const int RedirectCodesMax = 5;

    public static void Check(RouteActionProto action, string path, DecodeContext context)
    {
        CheckHashes(action, path, context);
        CheckUpgrades(action, path, context);
        ReadOnlySpan<Duration?> all =
        [
            action.Timeout, action.IdleTimeout, action.FlushTimeout, action.MaxGrpcTimeout, action.GrpcTimeoutOffset,
            action.MaxStreamDuration?.MaxStreamDuration_, action.MaxStreamDuration?.GrpcTimeoutHeaderMax,
            action.MaxStreamDuration?.GrpcTimeoutHeaderOffset,
        ];
        foreach (var duration in all)
        {
            if (Durations.Nanos(duration) < 0)
            {
                context.Error(path, "ROUTE", $"Invalid duration: Expected positive duration: {duration}");
            }
        }
        if (action.InternalRedirectPolicy?.RedirectResponseCodes.Count > RedirectCodesMax)
        {
            context.Error($"{path}.internal_redirect_policy.redirect_response_codes", "ROUTE",
                "value must contain no more than 5 item(s)");
        }
    }

    private static void CheckHashes(RouteActionProto action, string path, DecodeContext context)
    {
        for (var i = 0; i < action.HashPolicy.Count; i++)
        {
            var policy = action.HashPolicy[i];
            var isNamed = policy.PolicySpecifierCase switch
            {
                RouteActionProto.Types.HashPolicy.PolicySpecifierOneofCase.None => false,
                RouteActionProto.Types.HashPolicy.PolicySpecifierOneofCase.Header =>
                    policy.Header.HeaderName.Length > 0,
                RouteActionProto.Types.HashPolicy.PolicySpecifierOneofCase.Cookie =>
                    policy.Cookie.Name.Length > 0,
                RouteActionProto.Types.HashPolicy.PolicySpecifierOneofCase.QueryParameter =>
                    policy.QueryParameter.Name.Length > 0,
                RouteActionProto.Types.HashPolicy.PolicySpecifierOneofCase.FilterState =>
                    policy.FilterState.Key.Length > 0,
                _ => true,
            };
            if (!isNamed)
            {
                context.Error($"{path}.hash_policy[{i}]", "ROUTE_HASH", "a policy with a name is required");
            }
        }
    }

    private static void CheckUpgrades(RouteActionProto action, string path, DecodeContext context)
    {
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var upgrade in action.UpgradeConfigs)
        {
            if (!names.Add(upgrade.UpgradeType))
            {
                context.Error($"{path}.upgrade_configs", "ROUTE_UPGRADE", $"Duplicate upgrade {upgrade.UpgradeType}");
            }
            if (upgrade.ConnectConfig is not null
                && !upgrade.UpgradeType.Equals("connect", StringComparison.OrdinalIgnoreCase)
                && !upgrade.UpgradeType.Equals("connect-udp", StringComparison.OrdinalIgnoreCase))
            {
                context.Error($"{path}.upgrade_configs", "ROUTE_UPGRADE",
                    $"Non-CONNECT upgrade type {upgrade.UpgradeType} has ConnectConfig");
            }
        }
    }
}
