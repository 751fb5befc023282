using Lateen.EndToEnd.Tests.Mesh;
using Lateen.TestKit;

namespace Lateen.EndToEnd.Tests.Machine;

/// <summary>A mesh of a user who is not root: a private user namespace with a range of users.</summary>
[Collection(MeshCollection.Name)]
public sealed class UserNamespaceTests : IDisposable
{
    private const string Nobody = "65534";
    private readonly TemporaryFolder _folder = new();

    public UserNamespaceTests() => _folder.Write("mesh/pods.yaml", """
        apiVersion: v1
        kind: Namespace
        metadata: {name: default, labels: {istio-injection: enabled}}
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: idle, labels: {app: idle}}
        spec:
          containers: [{name: idle, image: lateen/sleep}]
        """);

    public void Dispose() => _folder.Dispose();

    /// <summary>
    /// The whole of it: control plane, capture, a sidecar. The machine's files are made to grant a range to nobody, in
    /// a mount namespace of the test's own.
    /// </summary>
    [RootFact("newuidmap")]
    public async Task User_WithARangeOfUsers_GetsAMeshWithSidecars()
    {
        const UnixFileMode All = (UnixFileMode)0b111_111_111;
        var range = _folder.Write("range", "nobody:200000:65536\n");
        File.SetUnixFileMode(_folder.Path, All);
        File.SetUnixFileMode(_folder.At("mesh"), All);
        await using var up = new UpProcess([
            "unshare", "--mount", "sh", "-c",
            $"mount --bind {range} /etc/subuid && mount --bind {range} /etc/subgid && exec \"$@\"", "sh",
            "setpriv", "--reuid", Nobody, "--regid", Nobody, "--clear-groups",
            LateenProgram.Path, "up", _folder.At("mesh"), "--state", _folder.At("state")], _folder.At("state"));

        await up.WaitReadyAsync();

        Assert.Contains(up.Status.Pods, p => p is { Name: "idle", Ready: true, Injected: true });
        Assert.Contains(up.Status.Pods, p => p is { Workload: "Deployment/istiod", Ready: true });
    }
}
