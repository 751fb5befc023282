using Lateen.Http;
using Lateen.Proxy.Matching;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Rbac;

/// <summary>Decides by policies in order of their names; the first that matches is the effective one.</summary>
internal sealed class RbacEngine
{
    private static readonly byte[] NoneDetails = RbacPolicy.BuildDetails("none");

    private readonly RbacAction _action;
    private readonly RbacPolicy[] _policies;

    public RbacEngine(RbacAction action, IEnumerable<RbacPolicy> policies)
    {
        _action = action;
        _policies = [.. policies.OrderBy(policy => policy.Name, StringComparer.Ordinal)];
    }

    /// <summary>Decides instead of the policies; null: the policies do.</summary>
    public MatcherTree<RbacVerdict>? Matcher { get; init; }

    /// <summary>Some action of the matcher is LOG: each match then sets the hint for access logs.</summary>
    public bool MatcherLogs { get; init; }

    /// <summary>
    /// Whether the request may pass; <paramref name="policy"/> names what matched, if anything did, and <paramref
    /// name="details"/> are the response code details of a refusal; <paramref name="logHint"/> is what access logs are
    /// told of, null: nothing.
    /// </summary>
    public bool IsAllowed(HeaderMap? headers, StreamInfo info, out string? policy, out byte[] details,
        out bool? logHint)
    {
        if (Matcher is not null)
        {
            var verdict = Matcher.Match(new MatchData(info, headers, null));
            logHint = MatcherLogs && verdict is not null ? verdict.Action == RbacAction.Log : null;
            (policy, details) = (verdict?.Name, verdict?.DeniedDetails ?? NoneDetails);
            return verdict is { Action: not RbacAction.Deny };
        }
        RbacPolicy? matched = null;
        foreach (var candidate in _policies)
        {
            if (candidate.IsMatch(headers, info))
            {
                matched = candidate;
                break;
            }
        }
        logHint = _action == RbacAction.Log ? matched is not null : null;
        (policy, details) = (matched?.Name, matched?.DeniedDetails ?? NoneDetails);
        return _action switch
        {
            RbacAction.Allow => matched is not null,
            RbacAction.Deny => matched is null,
            _ => true,
        };
    }
}
