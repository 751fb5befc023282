using Lateen.Galley.Validation;

namespace Lateen.Galley;

/// <summary>Decides whether an object may be in force, as Istio's admission webhook does.</summary>
public static class ConfigValidator
{
    /// <summary>Validates one object by itself. Kubernetes kinds have no rules here: their API server has them.</summary>
    public static ValidationResult Validate(ConfigObject subject)
    {
        if (!subject.Kind.IsIstio)
        {
            return ValidationResult.Good;
        }

        var findings = new Findings(subject);
        MetadataValidator.Validate(findings);
        return findings.ToResult();
    }
}
