using Lateen.EndToEnd.Tests.Mesh;
using Lateen.TestKit;

namespace Lateen.EndToEnd.Tests.Machine;

/// <summary>Nothing of a mesh without namespaces stays on the machine, however it ends.</summary>
[Collection(MeshCollection.Name)]
public sealed class LoopbackLeftoverTests : IDisposable
{
    private const int SigInt = 2;
    private const int SigKill = 9;
    private readonly TemporaryFolder _folder = new();

    public LoopbackLeftoverTests() => _folder.Write("mesh/pods.yaml", """
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
              containers:
              - name: idle
                image: shop/idle
                # A child in a session of its own, which no signal to the container's group reaches.
                command: [sh, -c, "setsid sleep 86399 & exec sleep 86400"]
        """);

    public void Dispose() => _folder.Dispose();

    [LoopbackFact]
    public async Task Interrupted_Mesh_LeavesNothing()
    {
        await using var up = Start();
        await up.WaitReadyAsync();
        up.AssertSaid("nothing is captured");
        Assert.True(Marked().Count >= 7, string.Join('\n', Marked()));

        up.Signal(SigInt);
        var exit = await up.WaitExitAsync();

        Assert.Equal(0, exit);
        Assert.Empty(Marked());
        Assert.False(Directory.Exists(Path.Combine(up.State, "pods")));
        Assert.False(File.Exists(Path.Combine(up.State, "control.sock")));
    }

    [LoopbackFact]
    public async Task Killed_Mesh_LeavesNothingAndStartsAgain()
    {
        await using var up = Start();
        await up.WaitReadyAsync();

        up.Signal(SigKill);
        await up.WaitExitAsync();

        await Eventually.IsAsync("the guard to end what is left",
            () => Marked().Count == 0 && !Directory.Exists(Path.Combine(up.State, "pods")), 20,
            () => string.Join('\n', Marked()));
        await using var again = Start();
        await again.WaitReadyAsync();
        again.Signal(SigInt);

        Assert.Equal(0, await again.WaitExitAsync());
        Assert.Empty(Marked());
    }

    private UpProcess Start() => new(
        [LateenProgram.Path, "up", _folder.At("mesh"), "--state", _folder.At("state"), "--no-namespaces"],
        _folder.At("state"));

    /// <summary>Processes of this mesh, known by their variable.</summary>
    private List<string> Marked()
    {
        var mark = $"LATEEN_MESH={_folder.At("state")}";
        List<string> found = [];
        foreach (var folder in Directory.EnumerateDirectories("/proc").Where(f => char.IsAsciiDigit(f[6])))
        {
            try
            {
                if (File.ReadAllText($"{folder}/environ").Split('\0').Contains(mark))
                {
                    found.Add(File.ReadAllText($"{folder}/cmdline").Replace('\0', ' '));
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It ended meanwhile, or is another user's.
            }
        }

        return found;
    }
}
