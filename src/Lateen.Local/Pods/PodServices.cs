using Lateen.Local.Cluster;

namespace Lateen.Local.Pods;

/// <summary>What a pod's runner needs of the node around it.</summary>
/// <param name="Clock">Real time, or a test's.</param>
/// <param name="Images">Which commands stand for images.</param>
/// <param name="Folders">Folder in memory for all pods, and folder of the logs.</param>
/// <param name="Open">Makes what a pod runs in, with its folder.</param>
/// <param name="Variables">Variables for all containers.</param>
/// <param name="Cluster">The objects of this moment.</param>
/// <param name="IssueToken">Makes a token for the pod's service account.</param>
/// <param name="Changed">The pod's state changed.</param>
/// <param name="Report">Something happened to the pod that its author should know of; true means a warning.</param>
internal sealed record PodServices(
    TimeProvider Clock,
    ImageTable Images,
    (string Pods, string Logs) Folders,
    Func<LocalPod, string, Task<IPodSandbox>> Open,
    IReadOnlyDictionary<string, string> Variables,
    Func<ClusterState> Cluster,
    Func<LocalPod, TimeSpan, string> IssueToken,
    Action Changed,
    Action<LocalPod, bool, string> Report);
