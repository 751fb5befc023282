using System.Text;
using Lateen.Http;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Rbac;

/// <summary>A named policy: it matches when any permission and any principal do, and its condition.</summary>
internal sealed class RbacPolicy(string name, RbacRule[] permissions, RbacRule[] principals)
{
    /// <summary>Must be true besides; null: nothing more is asked.</summary>
    public Cel.CelProgram? Condition { get; init; }

    public string Name { get; } = name;

    /// <summary>Response code details of a refusal by this policy.</summary>
    public byte[] DeniedDetails { get; } = BuildDetails(name);

    public static byte[] BuildDetails(string policy) =>
        Encoding.UTF8.GetBytes($"rbac_access_denied_matched_policy[{policy.Replace(' ', '_')}]");

    public bool IsMatch(HeaderMap? headers, StreamInfo info) =>
        AnyMatches(permissions, headers, info) && AnyMatches(principals, headers, info)
        && (Condition?.IsTrue(info, AccessLog.AccessLogType.NotSet) ?? true);

    private static bool AnyMatches(RbacRule[] rules, HeaderMap? headers, StreamInfo info)
    {
        foreach (var rule in rules)
        {
            if (rule.IsMatch(headers, info))
            {
                return true;
            }
        }
        return false;
    }
}
