using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Lateen.Injector;
using Lateen.Kubernetes.Objects;
using Lateen.Local.Cluster;
using Lateen.Local.Network;
using Lateen.Local.Pods;

namespace Lateen.Local.Hosting;

/// <summary>How the node gives pods a place on this machine.</summary>
internal interface INodePlatform : IDisposable
{
    /// <summary>Addresses of the mesh.</summary>
    AddressPlan Addresses { get; }

    /// <summary>The installation's values, given the control plane's service address.</summary>
    InjectorOptions Injection(string controlPlane);

    /// <summary>Where a program of this machine is found from inside a pod.</summary>
    string Inside(string program);

    /// <summary>Prepares the machine.</summary>
    /// <exception cref="LocalException">The machine refused.</exception>
    Task SetUpAsync(CancellationToken stop);

    /// <summary>Brings services' addresses and names in line.</summary>
    Task ApplyAsync(IReadOnlyList<ServiceView> services, IReadOnlyList<LocalPod> pods);

    /// <summary>Marks a pod before its proxy is injected.</summary>
    void Prepare(JsonObject pod);

    /// <summary>A place for a new pod.</summary>
    /// <param name="pod">The pod as it will run.</param>
    /// <param name="injected">Whether it has a proxy.</param>
    /// <param name="number">Number of its address.</param>
    PodPlace Place(Pod pod, bool injected, int number);

    /// <summary>Gives back what a pod that is gone held.</summary>
    void Release(LocalPod pod);

    /// <summary>Makes what a pod runs in.</summary>
    Task<IPodSandbox> OpenAsync(LocalPod pod, string folder);

    /// <summary>A connection to an address of the mesh, made on the node, or as a pod would make it.</summary>
    /// <exception cref="SocketException">Nobody listens.</exception>
    /// <exception cref="IOException">The pod is gone.</exception>
    Task<Socket> ConnectAsync(LocalPod? from, IPEndPoint target);

    /// <summary>Objects that only this kind of place needs, by file name.</summary>
    IEnumerable<KeyValuePair<string, JsonObject>> Objects(
        IReadOnlyCollection<LocalPod> pods, IReadOnlyCollection<ServiceView> services);
}
