using Lateen.Local.Cluster;
using Lateen.Local.Pods;

namespace Lateen.Local.Hosting;

/// <summary>
/// Keeps as many pods of each workload as are asked for. A changed template rolls: new pods first, old ones go when the
/// new ones are ready. All calls come from one thread at a time.
/// </summary>
internal sealed class WorkloadController(
    PodFactory factory, Func<LocalPod, PodRunner> createRunner, Action<string, string> warn)
{
    private const int PodCountMax = 500;
    private readonly List<PodRunner> _runners = [];
    private readonly Dictionary<string, string> _refused = [];

    public IReadOnlyList<PodRunner> Runners => _runners;

    /// <summary>Whether every workload has its pods, all ready, and no others are left.</summary>
    public bool IsSettled(ClusterState cluster) =>
        _refused.Count == 0
        && _runners.TrueForAll(r => (r.Pod.Ready || r.Pod.Phase == "Succeeded") && !r.Pod.Terminating)
        && cluster.Workloads.Values.All(w => Current(w).Count() == w.Replicas);

    /// <summary>Starts and stops pods so that the state comes nearer to what is asked.</summary>
    public void Reconcile(ClusterState cluster)
    {
        RemoveEnded();
        foreach (var runner in _runners.Where(r =>
            !r.Pod.Terminating && !cluster.Workloads.ContainsKey(r.Pod.Workload.Key)))
        {
            runner.Stop();
        }

        foreach (var workload in cluster.Workloads.Values)
        {
            Reconcile(workload, cluster);
        }
    }

    private void Reconcile(WorkloadSpec workload, ClusterState cluster)
    {
        var current = Current(workload).ToList();
        foreach (var surplus in current.Skip(workload.Replicas))
        {
            surplus.Stop();
        }

        var old = _runners.Where(r => r.Pod.Workload.Key == workload.Key && r.Pod.Workload.Hash != workload.Hash
            && !r.Pod.Terminating).ToList();
        // Only one pod can have a fixed name, so an old one goes first.
        if (workload.Kind == "Pod"
            && _runners.Exists(r => r.Pod.Workload.Key == workload.Key && r.Pod.Workload.Hash != workload.Hash))
        {
            old.ForEach(o => o.Stop());
            return;
        }

        for (var count = current.Count; count < workload.Replicas && _runners.Count < PodCountMax; count++)
        {
            if (!TryStart(workload, cluster))
            {
                return;
            }
        }

        if (old.Count > 0 && current.Count(r => r.Pod.Ready) >= workload.Replicas)
        {
            old.ForEach(o => o.Stop());
        }
    }

    private bool TryStart(WorkloadSpec workload, ClusterState cluster)
    {
        if (_refused.TryGetValue(workload.Key, out var hash) && hash == workload.Hash)
        {
            return false;
        }

        try
        {
            var labels = cluster.NamespaceLabels.TryGetValue(workload.Id.Namespace, out var l)
                ? l : new Dictionary<string, string>();
            var runner = createRunner(factory.Make(workload, labels));
            _runners.Add(runner);
            _refused.Remove(workload.Key);
            runner.Start();
            return true;
        }
        catch (LocalException e)
        {
            _refused[workload.Key] = workload.Hash;
            warn(workload.Key, e.Message);
            return false;
        }
    }

    private IEnumerable<PodRunner> Current(WorkloadSpec workload) => _runners.Where(
        r => r.Pod.Workload.Key == workload.Key && r.Pod.Workload.Hash == workload.Hash && !r.Pod.Terminating);

    private void RemoveEnded()
    {
        foreach (var ended in _runners.Where(r => r.Completion.IsCompleted && r.Pod.Phase == "Terminated").ToList())
        {
            _runners.Remove(ended);
            factory.Release(ended.Pod);
            ended.Dispose();
        }
    }
}
