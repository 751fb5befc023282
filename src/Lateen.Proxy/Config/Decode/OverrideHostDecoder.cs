using Envoy.Config.Cluster.V3;
using Lateen.Proxy.Clusters;
using OverrideProto = Envoy.Extensions.LoadBalancingPolicies.OverrideHost.V3.OverrideHost;

namespace Lateen.Proxy.Config.Decode;

/// <summary>The policy <c>override_host</c>: hosts that the request names, else what another policy picks.</summary>
internal static class OverrideHostDecoder
{
    public static LoadBalancerConfig Decode(
        OverrideProto proto, DecodePolicies inner, LoadBalancerConfig config, string path, DecodeContext context)
    {
        if (proto.OverrideHostSources.Count == 0)
        {
            context.Error(path, "CLUSTER", "value must contain at least 1 item(s)");
        }
        if (proto.SelectedHostKey is not null)
        {
            context.Error($"{path}.selected_host_key", "CLUSTER", "telling the host that was taken is not supported");
        }
        var sources = new List<OverrideHostSource>();
        foreach (var source in proto.OverrideHostSources)
        {
            if ((source.Header.Length > 0) == (source.Metadata is not null))
            {
                context.Error(path, "CLUSTER", source.Metadata is null
                    ? "Empty override source" : "Only one override source must be set");
                continue;
            }
            sources.Add(source.Metadata is { } key
                ? new OverrideHostSource(null, key.Key, [.. key.Path.Select(segment => segment.Key)])
                : new OverrideHostSource(Lateen.Http.HeaderName.Create(source.Header), "", []));
        }
        var fallback = inner(
            proto.FallbackPolicy ?? new LoadBalancingPolicy(), config, $"{path}.typed_config.fallback_policy", context);
        return fallback with { OverrideSources = [.. sources] };
    }
}
