using Google.Protobuf.Collections;
using Istio.Telemetry.V1Alpha1;
using Lateen.Core.Yaml;

namespace Lateen.Galley.Validation;

/// <summary>Rules of Telemetry.</summary>
internal static class TelemetryValidator
{
    private const string Code = "telemetry";

    public static void Validate(Findings findings)
    {
        var telemetry = findings.Subject.As<Telemetry>();
        CommonRules.Targets(findings, telemetry.Selector, telemetry.TargetRef, telemetry.TargetRefs);
        if (telemetry.Tracing.Count > 1)
        {
            findings.Warning("spec.tracing", Code, "only the first tracing entry has an effect");
        }

        for (var i = 0; i < telemetry.Tracing.Count; i++)
        {
            Tracing(findings, telemetry.Tracing[i], NodePath.Item("spec.tracing", i));
        }

        for (var i = 0; i < telemetry.Metrics.Count; i++)
        {
            Metrics(findings, telemetry.Metrics[i], NodePath.Item("spec.metrics", i));
        }

        for (var i = 0; i < telemetry.AccessLogging.Count; i++)
        {
            var (logging, at) = (telemetry.AccessLogging[i], NodePath.Item("spec.accessLogging", i));
            Providers(findings, logging.Providers, at);
            if (logging.Filter is { Expression.Length: > 0 } filter
                && CelSyntax.Check(filter.Expression) is { } problem)
            {
                findings.Error(NodePath.Field(at, "filter.expression"), Code,
                    $"the expression cannot be parsed: {problem}");
            }
        }
    }

    private static void Tracing(Findings findings, Tracing tracing, string path)
    {
        Providers(findings, tracing.Providers, path);
        if (tracing.Providers.Count > 1)
        {
            findings.Warning(NodePath.Field(path, "providers"), Code, "only one tracing provider is used");
        }

        findings.Require(tracing.RandomSamplingPercentage is null or (>= 0 and <= 100),
            NodePath.Field(path, "randomSamplingPercentage"), Code,
                $"{tracing.RandomSamplingPercentage} is no percentage");
        foreach (var (name, tag) in tracing.CustomTags)
        {
            var at = NodePath.Key(NodePath.Field(path, "customTags"), name);
            findings.Require(name.Length > 0, at, Code, "a tag has a name");
            var value = tag.TypeCase switch
            {
                Istio.Telemetry.V1Alpha1.Tracing.Types.CustomTag.TypeOneofCase.Literal => tag.Literal.Value,
                Istio.Telemetry.V1Alpha1.Tracing.Types.CustomTag.TypeOneofCase.Header => tag.Header.Name,
                Istio.Telemetry.V1Alpha1.Tracing.Types.CustomTag.TypeOneofCase.Environment => tag.Environment.Name,
                Istio.Telemetry.V1Alpha1.Tracing.Types.CustomTag.TypeOneofCase.Formatter => tag.Formatter.Value,
                _ => "",
            };
            findings.Require(value.Length > 0, at, Code,
                "a tag has a value: a literal, or the name of a header or variable");
        }
    }

    private static void Metrics(Findings findings, Metrics metrics, string path)
    {
        Providers(findings, metrics.Providers, path);
        for (var i = 0; i < metrics.Overrides.Count; i++)
        {
            var (entry, at) = (metrics.Overrides[i], NodePath.Item(NodePath.Field(path, "overrides"), i));
            findings.Require(entry.Match is not { HasCustomMetric: true, CustomMetric.Length: 0 },
                NodePath.Field(at, "match.customMetric"), Code, "the name of the metric is empty");
            foreach (var (name, tag) in entry.TagOverrides)
            {
                var isUpsert = tag.Operation == MetricsOverrides.Types.TagOverride.Types.Operation.Upsert;
                findings.Require(isUpsert == tag.Value.Length > 0,
                    NodePath.Key(NodePath.Field(at, "tagOverrides"), name), Code,
                    isUpsert ? "UPSERT needs a value" : "REMOVE takes no value");
            }
        }
    }

    private static void Providers(Findings findings, RepeatedField<ProviderRef> providers, string path)
    {
        for (var i = 0; i < providers.Count; i++)
        {
            findings.Require(providers[i].Name.Length > 0, NodePath.Item(NodePath.Field(path, "providers"), i), Code,
                "a provider has a name");
        }
    }
}
