using System.Net;
using System.Net.Sockets;
using Lateen.EndToEnd.Tests.Mesh;
using Lateen.TestKit;

namespace Lateen.EndToEnd.Tests.Machine;

/// <summary>What the machine lacks or refuses is told with a way out.</summary>
[Collection(MeshCollection.Name)]
public sealed class BadMachineTests : IDisposable
{
    private const string Nobody = "65534";
    private readonly TemporaryFolder _folder = new();

    public BadMachineTests() => _folder.Write("mesh/pod.yaml", """
        apiVersion: v1
        kind: Pod
        metadata: {name: idle, labels: {app: idle}}
        spec:
          containers: [{name: idle, image: lateen/sleep}]
        """);

    public void Dispose() => _folder.Dispose();

    [MeshFact]
    public async Task GatewayPort_InUse_AnotherIsTakenAndTold()
    {
        using var taken = Take();
        _folder.Write("mesh/service.yaml", $$"""
            apiVersion: v1
            kind: Service
            metadata: {name: idle}
            spec:
              type: LoadBalancer
              selector: {app: idle}
              ports: [{name: http, port: {{Port(taken)}}}]
            """);
        await using var up = Start();

        await up.WaitSaidAsync($"port {Port(taken)} of 127.0.0.1 is in use");

        await up.WaitReadyAsync();
        var published = up.Status.Published.Single(p => p.Name == "default/idle:http");
        Assert.NotEqual(Port(taken), published.HostPort);
        up.AssertSaid($"127.0.0.1:{published.HostPort}");
    }

    [MeshFact]
    public async Task ControlPlanePort_InUse_IsNamed()
    {
        using var taken = Take();
        await using var program = Run([
            LateenProgram.Path, "control-plane", "--config", _folder.At("mesh"), "--state", _folder.At("state"),
            "--grpc-addr", "127.0.0.1:0", "--secure-grpc-addr", $"127.0.0.1:{Port(taken)}", "--http-addr", "",
            "--monitoring-addr", ""]);

        var exit = await program.WaitExitAsync();

        Assert.Equal(1, exit);
        program.AssertSaid($"127.0.0.1:{Port(taken)}");
        program.AssertSaid("choose other addresses");
        program.AssertNoTrace();
    }

    [MeshFact]
    public async Task AgentPort_InUse_IsNamed()
    {
        using var taken = Take();
        await using var program = Run([
            "env", "-C", _folder.Path, $"PROXY_CONFIG={{statusPort: {Port(taken)}, configPath: {_folder.At("proxy")}}}",
            LateenProgram.Path, "agent", "proxy", "sidecar"]);

        var exit = await program.WaitExitAsync();

        Assert.Equal(255, exit);
        program.AssertSaid($"{Port(taken)}");
        program.AssertSaid("in use");
        program.AssertNoTrace();
    }

    [RootFact]
    public async Task User_WithoutRootAndUserNamespace_GetsAMeshWithoutCaptureAndIsToldTheWays()
    {
        Allow();
        await using var up = Run([
            "setpriv", "--reuid", Nobody, "--regid", Nobody, "--clear-groups", "--no-new-privs", .. Up()]);

        await up.WaitReadyAsync();

        up.AssertSaid("nothing is captured");
        up.AssertSaid("run as root");
        up.AssertSaid("/etc/subuid");
    }

    [MeshFact]
    public async Task Iptables_Absent_IsNamedWithThePackage()
    {
        foreach (var tool in (string[])["unshare", "nsenter", "setpriv", "ip", "mount", "sh", "sleep", "dotnet"])
        {
            if (Peer.Find(tool) is { } path)
            {
                Directory.CreateDirectory(_folder.At("bin"));
                File.CreateSymbolicLink(_folder.At("bin", tool), path);
            }
        }

        await using var up = Run(["env", $"PATH={_folder.At("bin")}", .. Up()]);

        Assert.Equal(1, await up.WaitExitAsync());
        up.AssertSaid("there is no iptables");
        up.AssertSaid("install the package");
    }

    /// <summary>The folder lies on a disk of 128 KiB, full but for a page.</summary>
    [RootFact]
    public async Task StateFolder_OnAFullDisk_IsNamed()
    {
        var state = Directory.CreateDirectory(_folder.At("state")).FullName;
        await using var up = Run([
            "unshare", "--mount", "sh", "-c",
            $"mount -t tmpfs -o size=128k tmpfs {state} && head -c 126976 /dev/zero >{state}/filler; exec \"$@\"",
            "sh", .. Up()]);

        Assert.Equal(1, await up.WaitExitAsync());
        up.AssertSaid(state);
        up.AssertSaid("No space left on device");
        up.AssertSaid("--state");
        up.AssertNoTrace();
    }

    private static Socket Take()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Listen();
        return socket;
    }

    private static int Port(Socket socket) => ((IPEndPoint)socket.LocalEndPoint!).Port;

    private string[] Up() =>
        [LateenProgram.Path, "up", _folder.At("mesh"), "--state", _folder.At("state"), "--platform-only"];

    private UpProcess Start() => Run(Up());

    private UpProcess Run(IReadOnlyList<string> words) => new(words, _folder.At("state"));

    /// <summary>Lets another user read and write the test's folder.</summary>
    private void Allow()
    {
        const UnixFileMode All = (UnixFileMode)0b111_111_111;
        File.SetUnixFileMode(_folder.Path, All);
        File.SetUnixFileMode(_folder.At("mesh"), All);
    }
}
