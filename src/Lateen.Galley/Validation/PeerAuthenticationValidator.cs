using System.Globalization;
using Istio.Security.V1Beta1;
using Lateen.Core.Yaml;

namespace Lateen.Galley.Validation;

/// <summary>Rules of PeerAuthentication.</summary>
internal static class PeerAuthenticationValidator
{
    private const string Code = "peerAuthentication";

    public static void Validate(Findings findings)
    {
        var policy = findings.Subject.As<PeerAuthentication>();
        CommonRules.Selector(findings, policy.Selector);
        const string ports = "spec.portLevelMtls";
        if (findings.IsWrittenEmpty(ports))
        {
            findings.Error(ports, Code, "portLevelMtls names at least one port", "Remove it, or name a port.");
        }

        if (policy.PortLevelMtls.Count > 0 && (policy.Selector?.MatchLabels.Count ?? 0) == 0)
        {
            findings.Error(ports, Code, "portLevelMtls needs a selector: ports belong to workloads",
                "Add spec.selector.matchLabels.");
        }

        foreach (var port in policy.PortLevelMtls.Keys)
        {
            CommonRules.Port(findings, port, NodePath.Key(ports, port.ToString(CultureInfo.InvariantCulture)));
        }
    }
}
