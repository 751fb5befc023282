using Lateen.Http;
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

    public RbacAction Action => _action;

    /// <summary>Whether the request may pass; <paramref name="policy"/> is the one that matched, if any.</summary>
    public bool IsAllowed(HeaderMap? headers, StreamInfo info, out RbacPolicy? policy)
    {
        policy = null;
        foreach (var candidate in _policies)
        {
            if (candidate.IsMatch(headers, info))
            {
                policy = candidate;
                break;
            }
        }
        return _action switch
        {
            RbacAction.Allow => policy is not null,
            RbacAction.Deny => policy is null,
            _ => true,
        };
    }

    /// <summary>Response code details of a refusal.</summary>
    public static byte[] DeniedDetails(RbacPolicy? policy) => policy?.DeniedDetails ?? NoneDetails;
}
