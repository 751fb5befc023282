using Envoy.Config.Cluster.V3;
using Lateen.Proxy.Clusters;

namespace Lateen.Proxy.Config.Decode;

/// <summary>Decodes a list of policies inside another policy.</summary>
/// <param name="policies">The list, of which the first known one is taken.</param>
/// <param name="config">What the cluster's own fields say.</param>
/// <param name="path">Where the list stands.</param>
/// <param name="context">Takes the errors.</param>
internal delegate LoadBalancerConfig DecodePolicies(
    LoadBalancingPolicy policies, LoadBalancerConfig config, string path, DecodeContext context);
