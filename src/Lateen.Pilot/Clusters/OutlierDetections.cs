using Envoy.Config.Cluster.V3;
using Envoy.Config.Common.Matcher.V3;
using Envoy.Config.Route.V3;
using Envoy.Type.Matcher.V3;
using Lateen.Pilot.Model;
using Rule = Istio.Networking.V1Alpha3.OutlierDetection;
using Upstream = Envoy.Extensions.Upstreams.Http.V3.HttpProtocolOptions;

namespace Lateen.Pilot.Clusters;

/// <summary>Outlier detection of a rule as Envoy's (contract 8.1): what is not set is left to the proxy's
/// defaults.</summary>
internal static class OutlierDetections
{
    public static void Apply(Cluster cluster, HttpOptions http, Service service, Rule? rule)
    {
        if (rule is null)
        {
            return;
        }
        var detection = new OutlierDetection { EnforcingSuccessRate = 0 };
        if (rule.Consecutive5XxErrors is { } errors)
        {
            detection.Consecutive5Xx = errors;
            detection.EnforcingConsecutive5Xx = errors > 0 ? 100u : 0;
        }
        if (rule.ConsecutiveGatewayErrors is { } gateway)
        {
            detection.ConsecutiveGatewayFailure = gateway;
            detection.EnforcingConsecutiveGatewayFailure = gateway > 0 ? 100u : 0;
        }
        detection.Interval = rule.Interval;
        detection.BaseEjectionTime = rule.BaseEjectionTime;
        detection.MaxEjectionPercent = rule.MaxEjectionPercent > 0 ? (uint)rule.MaxEjectionPercent : null;
        if (rule.SplitExternalLocalOriginErrors)
        {
            detection.SplitExternalLocalOriginErrors = true;
            detection.EnforcingLocalOriginSuccessRate = 0;
            if (rule.ConsecutiveLocalOriginFailures is > 0 and var failures)
            {
                detection.ConsecutiveLocalOriginFailure = failures;
                detection.EnforcingConsecutiveLocalOriginFailure = 100;
            }
        }
        cluster.OutlierDetection = detection;
        if (rule.MinHealthPercent >= 0)
        {
            var percent = service.HasTrafficDistribution ? 0 : rule.MinHealthPercent;
            cluster.CommonLbConfig.HealthyPanicThreshold = new Envoy.Type.V3.Percent { Value = percent };
        }
        if (rule.OutlierDetectionHttpErrorCodes.Count > 0)
        {
            ApplyErrorCodes(http, rule.OutlierDetectionHttpErrorCodes);
        }
    }

    private static void ApplyErrorCodes(HttpOptions http, IReadOnlyList<uint> codes)
    {
        var predicates = codes.Select(code => new MatchPredicate
        {
            HttpResponseHeadersMatch = new HttpHeadersMatch
            {
                Headers =
                {
                    new HeaderMatcher { Name = ":status", StringMatch = new StringMatcher { Exact = $"{code}" } },
                },
            },
        }).ToList();
        var matcher = predicates[0];
        if (predicates.Count > 1)
        {
            matcher = new MatchPredicate { OrMatch = new MatchPredicate.Types.MatchSet() };
            matcher.OrMatch.Rules.AddRange(predicates);
        }
        http.Options.OutlierDetection = new Upstream.Types.OutlierDetection { ErrorMatcher = matcher };
    }
}
