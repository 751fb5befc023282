using Lateen.EndToEnd.Tests.Mesh;
using Lateen.TestKit;

namespace Lateen.EndToEnd.Tests.Machine;

/// <summary>Nothing of a mesh stays on the machine, however it ends.</summary>
[Collection(MeshCollection.Name)]
public sealed class LeftoverTests : IDisposable
{
    private const int SigInt = 2;
    private const int SigKill = 9;
    private readonly TemporaryFolder _folder = new();

    public LeftoverTests() => _folder.Write("mesh/pods.yaml", """
        apiVersion: v1
        kind: Namespace
        metadata: {name: default, labels: {istio-injection: enabled}}
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: idle}
        spec:
          replicas: 2
          selector: {matchLabels: {app: idle}}
          template:
            metadata: {labels: {app: idle}}
            spec:
              containers: [{name: idle, image: lateen/sleep}]
        """);

    public void Dispose() => _folder.Dispose();

    [MeshFact]
    public async Task Interrupted_Mesh_LeavesNothing()
    {
        var before = await MachineState.ReadAsync();
        await using var up = Start();
        await up.WaitReadyAsync();
        var processes = MachineState.ChildNamespaceOf(up.NodeProcess);
        Assert.True(MachineState.MembersOf(processes).Count > 5);

        up.Signal(SigInt);
        var exit = await up.WaitExitAsync();

        Assert.Equal(0, exit);
        Assert.Empty(MachineState.MembersOf(processes));
        Assert.Equal(before, await MachineState.ReadAsync());
        Assert.False(File.Exists(Path.Combine(up.State, "control.sock")));
    }

    [MeshFact]
    public async Task Killed_Mesh_LeavesNothingAndStartsAgain()
    {
        var before = await MachineState.ReadAsync();
        await using var up = Start();
        await up.WaitReadyAsync();
        var processes = MachineState.ChildNamespaceOf(up.NodeProcess);

        up.Signal(SigKill);
        await up.WaitExitAsync();
        await Eventually.IsAsync("the kernel to end the node", () => MachineState.MembersOf(processes).Count == 0, 10,
            () => string.Join('\n', MachineState.MembersOf(processes)));
        Assert.Equal(before, await MachineState.ReadAsync());

        await using var again = Start();
        await again.WaitReadyAsync();
        processes = MachineState.ChildNamespaceOf(again.NodeProcess);
        again.Signal(SigInt);

        Assert.Equal(0, await again.WaitExitAsync());
        Assert.Empty(MachineState.MembersOf(processes));
        Assert.Equal(before, await MachineState.ReadAsync());
    }

    [MeshFact]
    public async Task Second_MeshOfTheFolder_IsRefusedAndTheFirstGoesOn()
    {
        await using var up = Start("--platform-only");
        await up.WaitReadyAsync();

        await using var second = Start("--platform-only");
        var exit = await second.WaitExitAsync();

        Assert.Equal(1, exit);
        second.AssertSaid($"a mesh runs out of {up.State} already");
        second.AssertSaid("--state");
        Assert.True(up.Status.Ready);
    }

    private UpProcess Start(params string[] more) => new(
        [LateenProgram.Path, "up", _folder.At("mesh"), "--state", _folder.At("state"), .. Proxy(), .. more],
        _folder.At("state"));

    /// <summary>A program of its own beside the agent where there is one: more that could stay.</summary>
    private static string[] Proxy() => Peer.Find("envoy") is { } envoy ? ["--proxy", envoy] : [];
}
