using Lateen.EndToEnd.Tests.Mesh;
using Lateen.TestKit;

namespace Lateen.EndToEnd.Tests.Machine;

/// <summary>What is wrong in the user's folder is told with its place and a way out, and the rest runs.</summary>
[Collection(MeshCollection.Name)]
public sealed class BadConfigurationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public BadConfigurationTests() => _folder.Write("mesh/pod.yaml", """
        apiVersion: v1
        kind: Pod
        metadata: {name: idle, labels: {app: idle}}
        spec:
          containers: [{name: idle, image: lateen/sleep}]
        """);

    public void Dispose() => _folder.Dispose();

    [MeshFact]
    public Task Yaml_Broken_IsNamedByFileAndLine() => SaysAsync(
        """
        apiVersion: v1
        kind: Service
        metadata: {name: x
        spec: 1
        """,
        @"bad\.yaml:[34]:\d+: this is not valid YAML");

    [MeshFact]
    public Task Kind_Unknown_IsNamedWithTheLikelyOne() => SaysAsync(
        """
        apiVersion: networking.istio.io/v1
        kind: VirtualServise
        metadata: {name: x}
        spec: {}
        """,
        @"bad\.yaml:2:\d+: kind: .*VirtualServise.*VirtualService\b");

    [MeshFact]
    public Task Field_Unknown_IsNamedWithTheLikelyOne() => SaysAsync(
        """
        apiVersion: networking.istio.io/v1
        kind: VirtualService
        metadata: {name: x}
        spec:
          hosts: [a.example]
          htp:
          - route: [{destination: {host: a.example}}]
        """,
        @"bad\.yaml:6:3: spec\.htp: .*http\b");

    [MeshFact]
    public Task Host_ThatDoesNotExist_IsNamed() => SaysAsync(
        """
        apiVersion: networking.istio.io/v1
        kind: VirtualService
        metadata: {name: x}
        spec:
          hosts: [a.example]
          http:
          - route: [{destination: {host: nowhere}}]
        """,
        @"bad\.yaml:7:\d+: spec\.http\[0\]\.route\[0\]\.destination\.host: .*nowhere");

    [MeshFact]
    public async Task Image_ThatIsUnknown_IsNamedWithTheWayOut()
    {
        _folder.Write("mesh/bad.yaml", """
            apiVersion: v1
            kind: Pod
            metadata: {name: stranger}
            spec:
              containers: [{name: app, image: example.org/stranger:1}]
            """);
        await using var up = Start();

        await up.WaitSaidAsync("--image example.org/stranger=");

        // The mesh as a whole never becomes ready, as that pod cannot run.
        await Eventually.IsAsync(
            "the other pod to be ready",
            () => up.Status.Pods.Any(p => p is { Name: "idle", Ready: true }),
            60,
            () => up.Output);
    }

    private async Task SaysAsync(string yaml, string pattern)
    {
        _folder.Write("mesh/bad.yaml", yaml);
        await using var up = Start();

        await up.WaitReadyAsync();

        await up.WaitMatchAsync(pattern);
        Assert.Contains(up.Status.Pods, p => p is { Name: "idle", Ready: true });
    }

    private UpProcess Start() => new(
        [LateenProgram.Path, "up", _folder.At("mesh"), "--state", _folder.At("state"), "--platform-only"],
        _folder.At("state"));
}
