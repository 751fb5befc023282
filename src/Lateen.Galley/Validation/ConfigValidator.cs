using System.Collections.Frozen;
using Lateen.Galley.Validation;

namespace Lateen.Galley;

/// <summary>Decides whether an object may be in force, as Istio's admission webhook does.</summary>
public static class ConfigValidator
{
    private static readonly FrozenDictionary<ConfigKind, Action<Findings>> _validators =
        new Dictionary<ConfigKind, Action<Findings>>
        {
            [ConfigKinds.Gateway] = GatewayValidator.Validate,
            [ConfigKinds.VirtualService] = VirtualServiceValidator.Validate,
            [ConfigKinds.DestinationRule] = DestinationRuleValidator.Validate,
            [ConfigKinds.ServiceEntry] = ServiceEntryValidator.Validate,
            [ConfigKinds.WorkloadEntry] = WorkloadEntryValidator.Validate,
            [ConfigKinds.WorkloadGroup] = WorkloadGroupValidator.Validate,
            [ConfigKinds.Sidecar] = SidecarValidator.Validate,
            [ConfigKinds.EnvoyFilter] = EnvoyFilterValidator.Validate,
            [ConfigKinds.ProxyConfig] = ProxyConfigValidator.Validate,
            [ConfigKinds.AuthorizationPolicy] = AuthorizationPolicyValidator.Validate,
            [ConfigKinds.PeerAuthentication] = PeerAuthenticationValidator.Validate,
            [ConfigKinds.RequestAuthentication] = RequestAuthenticationValidator.Validate,
            [ConfigKinds.Telemetry] = TelemetryValidator.Validate,
            [ConfigKinds.WasmPlugin] = WasmPluginValidator.ValidatePlugin,
            [ConfigKinds.TrafficExtension] = WasmPluginValidator.ValidateExtension,
        }.ToFrozenDictionary();

    /// <summary>
    /// Validates one object by itself. Kubernetes kinds have no rules here: their API server has them.
    /// </summary>
    public static ValidationResult Validate(ConfigObject subject)
    {
        if (!subject.Kind.IsIstio)
        {
            return ValidationResult.Good;
        }

        var findings = new Findings(subject);
        MetadataValidator.Validate(findings);
        _validators[subject.Kind](findings);
        return findings.ToResult();
    }
}
