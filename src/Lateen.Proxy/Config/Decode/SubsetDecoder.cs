using Envoy.Config.Cluster.V3;
using Lateen.Proxy.Clusters;
using ClusterProto = Envoy.Config.Cluster.V3.Cluster;
using SubsetProto = Envoy.Extensions.LoadBalancingPolicies.Subset.V3.Subset;

namespace Lateen.Proxy.Config.Decode;

/// <summary>Subsets of a cluster's hosts, in the old field and as a policy.</summary>
internal static class SubsetDecoder
{
    /// <summary>The policy: what it says is the old field's, and hosts are picked by another policy.</summary>
    public static LoadBalancerConfig Decode(
        SubsetProto subset, DecodePolicies inner, LoadBalancerConfig config, string path, DecodeContext context)
    {
        var old = ClusterProto.Types.LbSubsetConfig.Parser.WithDiscardUnknownFields(true).ParseFrom(OldForm(subset));
        Check(old, path, context);
        var child = inner(subset.SubsetLbPolicy ?? new LoadBalancingPolicy(), config,
            $"{path}.typed_config.subset_lb_policy", context);
        return child with { Subsets = OfCluster(new ClusterProto { LbSubsetConfig = old }) };
    }

    /// <summary>What the selectors of the old field or the policy may not say.</summary>
    public static void Check(ClusterProto.Types.LbSubsetConfig subsets, string path, DecodeContext context)
    {
        foreach (var selector in subsets.SubsetSelectors)
        {
            var isByKeys = selector.FallbackPolicy == ClusterProto.Types.LbSubsetConfig.Types.LbSubsetSelector.Types
                .LbSubsetSelectorFallbackPolicy.KeysSubset;
            var wrong = (isByKeys, selector.FallbackKeysSubset.Count) switch
            {
                (false, 0) => null,
                (false, _) => "fallback_keys_subset can be set only for KEYS_SUBSET fallback_policy",
                (true, 0) => "fallback_keys_subset cannot be empty",
                _ when !selector.FallbackKeysSubset.All(selector.Keys.Contains) =>
                    "fallback_keys_subset must be a subset of selector keys",
                _ when selector.Keys.All(selector.FallbackKeysSubset.Contains) =>
                    "fallback_keys_subset cannot be equal to keys",
                _ => null,
            };
            if (wrong is not null)
            {
                context.Error(path, "CLUSTER", wrong);
            }
        }
    }

    /// <summary>Subsets by metadata; null when there are none.</summary>
    public static SubsetConfig? OfCluster(ClusterProto cluster)
    {
        if (cluster.LbSubsetConfig is not { } subsets
            || (subsets.SubsetSelectors.Count == 0 && subsets.DefaultSubset is null && !IsFallingBack(subsets)))
        {
            return null;
        }
        return new SubsetConfig(
            subsets.FallbackPolicy switch
            {
                ClusterProto.Types.LbSubsetConfig.Types.LbSubsetFallbackPolicy.AnyEndpoint =>
                    SubsetFallback.AnyEndpoint,
                ClusterProto.Types.LbSubsetConfig.Types.LbSubsetFallbackPolicy.DefaultSubset =>
                    SubsetFallback.DefaultSubset,
                _ => SubsetFallback.NoFallback,
            },
            SubsetCriteria.From(subsets.DefaultSubset),
            [.. subsets.SubsetSelectors.Select(selector => new SubsetSelector(
                [.. selector.Keys.Distinct().Order(StringComparer.Ordinal)],
                (SubsetFallback)(int)selector.FallbackPolicy,
                [.. selector.FallbackKeysSubset.Order(StringComparer.Ordinal)])
            {
                SingleHost = selector.SingleHostPerSubset,
            })])
        {
            PanicModeAny = subsets.PanicModeAny,
            ListAsAny = subsets.ListAsAny,
            LocalityScale = subsets.ScaleLocalityWeight ? LocalityScale.ByShare
                : subsets.LocalityWeightAware ? LocalityScale.None : LocalityScale.Ignored,
            MetadataFallbackList = subsets.MetadataFallbackPolicy
                == ClusterProto.Types.LbSubsetConfig.Types.LbSubsetMetadataFallbackPolicy.FallbackList,
        };
    }

    private static bool IsFallingBack(ClusterProto.Types.LbSubsetConfig subsets) =>
        subsets.FallbackPolicy != ClusterProto.Types.LbSubsetConfig.Types.LbSubsetFallbackPolicy.NoFallback;

    /// <summary>The fields that both have carry the same numbers and forms, but for the inner policy.</summary>
    private static byte[] OldForm(SubsetProto subset)
    {
        var copy = subset.Clone();
        copy.SubsetLbPolicy = null;
        return Google.Protobuf.MessageExtensions.ToByteArray(copy);
    }
}
