using Envoy.Type.Metadata.V3;
using Envoy.Type.Tracing.V3;
using Envoy.Type.V3;
using EnvoyTracing = Envoy.Extensions.Filters.Network.HttpConnectionManager.V3.HttpConnectionManager.Types.Tracing;

namespace Lateen.Pilot.Listeners;

/// <summary>The tracing block of a connection manager: sampling and the tags that Istio adds to every span.</summary>
internal static class Tracing
{
    internal const string CanonicalRevisionTag = "istio.canonical_revision";
    internal const string CanonicalServiceTag = "istio.canonical_service";
    internal const string NamespaceTag = "istio.namespace";
    internal const string NoRevision = "latest";
    internal const string NoService = "unknown";
    internal const string NoNamespace = "default";

    private const double DefaultSampling = 1;
    private const double Everything = 100;
    private const string RbacFilter = "envoy.filters.http.rbac";

    /// <summary>The block, or null when the mesh does not trace.</summary>
    internal static EnvoyTracing? Build(TrafficContext context)
    {
        if (!context.Mesh.EnableTracing)
        {
            return null;
        }
        var config = context.ProxyConfig?.Tracing;
        var sampling = config is { Sampling: > 0 } ? config.Sampling : DefaultSampling;
        var tracing = new EnvoyTracing
        {
            ClientSampling = new Percent { Value = Everything },
            OverallSampling = new Percent { Value = Everything },
            RandomSampling = new Percent { Value = Math.Min(sampling, Everything) },
        };
        if (config is { MaxPathTagLength: > 0 })
        {
            tracing.MaxPathTagLength = config.MaxPathTagLength;
        }
        if (config?.EnableIstioTags is not false)
        {
            AddIstioTags(tracing, context);
        }
        return tracing;
    }

    private static void AddIstioTags(EnvoyTracing tracing, TrafficContext context)
    {
        tracing.CustomTags.Add(DryRun("allow_policy.name", "istio_dry_run_allow_shadow_effective_policy_id"));
        tracing.CustomTags.Add(DryRun("allow_policy.result", "istio_dry_run_allow_shadow_engine_result"));
        tracing.CustomTags.Add(DryRun("deny_policy.name", "istio_dry_run_deny_shadow_effective_policy_id"));
        tracing.CustomTags.Add(DryRun("deny_policy.result", "istio_dry_run_deny_shadow_engine_result"));
        tracing.CustomTags.Add(Literal(CanonicalRevisionTag, context.Proxy.CanonicalRevision, NoRevision));
        tracing.CustomTags.Add(Literal(CanonicalServiceTag, context.Proxy.CanonicalService, NoService));
        tracing.CustomTags.Add(Literal("istio.cluster_id", context.Proxy.ClusterId, "unknown"));
        tracing.CustomTags.Add(Literal("istio.mesh_id", context.MeshId, "unknown"));
        tracing.CustomTags.Add(Literal(NamespaceTag, context.Proxy.Namespace, NoNamespace));
    }

    private static CustomTag Literal(string tag, string? value, string fallback)
    {
        return new CustomTag
        {
            Tag = tag,
            Literal = new CustomTag.Types.Literal { Value = value is { Length: > 0 } ? value : fallback },
        };
    }

    private static CustomTag DryRun(string tag, string key)
    {
        return new CustomTag
        {
            Tag = "istio.authorization.dry_run." + tag,
            Metadata = new CustomTag.Types.Metadata
            {
                Kind = new MetadataKind { Request = new MetadataKind.Types.Request() },
                MetadataKey = new MetadataKey
                {
                    Key = RbacFilter,
                    Path = { new MetadataKey.Types.PathSegment { Key = key } },
                },
            },
        };
    }
}
