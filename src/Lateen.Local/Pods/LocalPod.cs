using Lateen.Kubernetes.Objects;
using Lateen.Local.Cluster;

namespace Lateen.Local.Pods;

/// <summary>A pod of the mesh and what is known of it now. Its runner changes it; others only read.</summary>
internal sealed class LocalPod(WorkloadSpec workload, ObjectName id, Pod pod, bool injected, PodPlace place, int number)
{
    public WorkloadSpec Workload => workload;

    public ObjectName Id => id;

    /// <summary>As it runs, injected.</summary>
    public Pod Object => pod;

    public bool Injected => injected;

    public string Address => place.Address;

    public PodPlace Place => place;

    /// <summary>Unique among the pods of this run; names its link.</summary>
    public int Number => number;

    public string ServiceAccount => pod.Spec.ServiceAccountName.Length > 0 ? pod.Spec.ServiceAccountName
        : pod.Spec.ServiceAccount.Length > 0 ? pod.Spec.ServiceAccount : "default";

    public string Phase { get; set; } = "Pending";

    public bool Ready { get; set; }

    public bool Terminating { get; set; }

    public int Restarts { get; set; }

    /// <summary>What it waits for or failed with.</summary>
    public string Message { get; set; } = "";

    /// <summary>What its programs run in; null before there is one.</summary>
    public IPodSandbox? Sandbox { get; set; }

    public bool Finished => Phase is "Succeeded" or "Failed";
}
