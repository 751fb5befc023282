using Istio.Networking.V1Beta1;
using Lateen.Core.Yaml;

namespace Lateen.Galley.Validation;

/// <summary>Rules of the kind ProxyConfig.</summary>
internal static class ProxyConfigValidator
{
    private const string Code = "proxyConfig";
    private const int MaxValue = 2048;

    public static void Validate(Findings findings)
    {
        var config = findings.Subject.As<ProxyConfig>();
        CommonRules.Selector(findings, config.Selector);
        findings.Require(config.Concurrency is null or >= 0, "spec.concurrency", Code,
            $"{config.Concurrency} is negative");
        foreach (var (name, value) in config.EnvironmentVariables)
        {
            findings.Require(value.Length <= MaxValue, NodePath.Key("spec.environmentVariables", name), Code,
                $"a value has at most {MaxValue} characters");
        }
    }
}
