using Lateen.Core.Yaml;

namespace Lateen.Galley.Validation;

/// <summary>Annotations that have a meaning on every kind.</summary>
internal static class MetadataValidator
{
    public const string DryRun = "istio.io/dry-run";

    private const string Code = "metadata.annotation";
    private const string AlwaysReject = "internal.istio.io/webhook-always-reject";

    private static readonly string[] _internal =
        ["internal.istio.io/parent-namespace", "internal.istio.io/parents"];

    public static void Validate(Findings findings)
    {
        var annotations = findings.Subject.Annotations;
        if (annotations.ContainsKey(DryRun) && findings.Subject.Kind != ConfigKinds.AuthorizationPolicy)
        {
            findings.Error(PathOf(DryRun), Code, $"{DryRun} is for AuthorizationPolicy only", "Remove the annotation.");
        }

        if (annotations.ContainsKey(AlwaysReject))
        {
            findings.Error(PathOf(AlwaysReject), Code, $"{AlwaysReject} asks for refusal");
        }

        foreach (var name in _internal.Where(annotations.ContainsKey))
        {
            findings.Error(PathOf(name), Code, $"{name} is set by the control plane only", "Remove the annotation.");
        }
    }

    public static string PathOf(string annotation) => NodePath.Key("metadata.annotations", annotation);
}
