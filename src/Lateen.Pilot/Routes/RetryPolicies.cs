using System.Globalization;
using Envoy.Config.Route.V3;
using Envoy.Extensions.Retry.Host.PreviousHosts.V3;
using Envoy.Extensions.Retry.Priority.PreviousPriorities.V3;
using Google.Protobuf.WellKnownTypes;
using Istio.Networking.V1Alpha3;

namespace Lateen.Pilot.Routes;

/// <summary>Istio's retries as Envoy's retry policies.</summary>
internal static class RetryPolicies
{
    private const uint DefaultAttempts = 2;
    private const long HostSelectionAttempts = 5;
    private const uint PriorityUpdateFrequency = 2;
    private const string DefaultConditions =
        "connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes";
    private const string DefaultInboundConditions = "reset-before-request";
    private const string StatusCodes = "retriable-status-codes";

    /// <summary>
    /// The policy of an outbound route; null when retries are off. With consistent hashing a retry must not choose
    /// another host, so previous hosts are not avoided.
    /// </summary>
    internal static RetryPolicy? Outbound(HTTPRetry? retries, bool consistentHash)
    {
        if (retries is { Attempts: <= 0 })
        {
            return null;
        }
        var policy = new RetryPolicy
        {
            NumRetries = retries is null ? DefaultAttempts : (uint)retries.Attempts,
            RetryOn = DefaultConditions,
            HostSelectionRetryMaxAttempts = HostSelectionAttempts,
        };
        if (retries?.RetryIgnorePreviousHosts ?? !consistentHash)
        {
            policy.RetryHostPredicate.Add(new RetryPolicy.Types.RetryHostPredicate
            {
                Name = "envoy.retry_host_predicates.previous_hosts",
                TypedConfig = Any.Pack(new PreviousHostsPredicate()),
            });
        }
        if (retries is null)
        {
            return policy;
        }
        ApplyConditions(policy, retries.RetryOn);
        policy.PerTryTimeout = retries.PerTryTimeout;
        if (retries.RetryRemoteLocalities is true)
        {
            policy.RetryPriority = new RetryPolicy.Types.RetryPriority
            {
                Name = "envoy.retry_priorities.previous_priorities",
                TypedConfig = Any.Pack(
                    new PreviousPrioritiesConfig { UpdateFrequency = (int)PriorityUpdateFrequency }),
            };
        }
        ApplyBackoff(policy, retries);
        return policy;
    }

    /// <summary>The policy of an inbound route: only what was never seen by the application is tried again.</summary>
    internal static RetryPolicy? Inbound(HTTPRetry? retries)
    {
        if (retries is { Attempts: <= 0 })
        {
            return null;
        }
        var policy = new RetryPolicy
        {
            NumRetries = retries is null ? DefaultAttempts : (uint)retries.Attempts,
            RetryOn = DefaultInboundConditions,
        };
        if (retries is not null)
        {
            ApplyConditions(policy, retries.RetryOn);
            ApplyBackoff(policy, retries);
        }
        return policy;
    }

    private static void ApplyBackoff(RetryPolicy policy, HTTPRetry retries)
    {
        if (retries.Backoff is not null)
        {
            policy.RetryBackOff = new RetryPolicy.Types.RetryBackOff { BaseInterval = retries.Backoff };
        }
    }

    /// <summary>Numbers among the conditions are status codes, which have a list of their own.</summary>
    private static void ApplyConditions(RetryPolicy policy, string text)
    {
        if (text.Length == 0)
        {
            return;
        }
        var conditions = new List<string>();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (uint.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var code)
                && code is >= 100 and < 600)
            {
                policy.RetriableStatusCodes.Add(code);
            }
            else
            {
                conditions.Add(part);
            }
        }
        if (policy.RetriableStatusCodes.Count > 0 && !conditions.Contains(StatusCodes))
        {
            conditions.Add(StatusCodes);
        }
        policy.RetryOn = string.Join(',', conditions);
    }
}
