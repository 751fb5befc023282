using System.Text.Json.Nodes;
using Lateen.Core.Protobuf;
using Lateen.Core.Yaml;
using Lateen.Kubernetes.Objects;
using Lateen.Local.Cluster;
using Lateen.Local.Loopback;
using Lateen.Local.Network;
using Lateen.Local.Pods;

namespace Lateen.Local.Tests.Loopback;

public sealed class SidecarObjectsTests
{
    private static readonly AddressPlan _plan = AddressPlan.Loopback(70);

    [Fact]
    public void Build_PodOfAService_ListensAtItsAddressAndLeadsToTheProgram()
    {
        var spec = Build("""
            kind: Service
            metadata: {name: web, namespace: shop}
            spec: {selector: {app: web}, ports: [{name: grpc-api, port: 80, targetPort: 9000}]}
            """);

        var ingress = Assert.Single(spec["ingress"]!.AsArray())!;
        Assert.Equal("""{"number":9000,"protocol":"GRPC","name":"grpc-9000"}""", ingress["port"]!.ToJsonString());
        Assert.Equal("127.70.0.5", (string?)ingress["bind"]);
        Assert.Equal("127.0.0.1:20001", (string?)ingress["defaultEndpoint"]);
        var egress = Assert.Single(spec["egress"]!.AsArray())!;
        Assert.Equal("127.70.64.5", (string?)egress["bind"]);
        Assert.Equal("HTTP_PROXY", (string?)egress["port"]!["protocol"]);
        Assert.Equal("""["*/*"]""", egress["hosts"]!.ToJsonString());
    }

    [Fact]
    public void Build_UsersSidecarForThePod_KeepsWhatItMayCall()
    {
        var spec = Build("""
            kind: Sidecar
            metadata: {name: all, namespace: shop}
            spec: {egress: [{hosts: ["./*"]}]}
            ---
            kind: Sidecar
            metadata: {name: web, namespace: shop}
            spec:
              workloadSelector: {labels: {app: web}}
              outboundTrafficPolicy: {mode: REGISTRY_ONLY}
              egress: [{hosts: ["./*", "istio-system/*"]}, {port: {number: 1, protocol: TCP, name: a}, hosts: ["./*"]}]
            """);

        Assert.Equal("""["./*","istio-system/*"]""", spec["egress"]![0]!["hosts"]!.ToJsonString());
        Assert.Equal("REGISTRY_ONLY", (string?)spec["outboundTrafficPolicy"]!["mode"]);
    }

    [Fact]
    public void Build_ServiceOfRawTcp_GetsAPortOfItsOwn()
    {
        var way = new TcpWay("shop", "db.shop.svc.cluster.local", 5432);

        var spec = Build("kind: Namespace\nmetadata: {name: shop}\n", way);

        var egress = spec["egress"]![1]!;
        Assert.Equal(5432, (int)egress["port"]!["number"]!);
        Assert.Equal("""["shop/db.shop.svc.cluster.local"]""", egress["hosts"]!.ToJsonString());
        Assert.Equal("5432", TcpWays.Variables([way], "127.70.64.5", "shop")["DB_SERVICE_PORT"]);
        Assert.Empty(TcpWays.Variables([way], "127.70.64.5", "other"));
    }

    private static JsonObject Build(string yaml, params TcpWay[] ways)
    {
        var builder = new ClusterStateBuilder();
        foreach (var document in YamlReader.Read(yaml).Documents)
        {
            builder.Add(document);
        }

        var pod = MessageReader.Read<Pod>(YamlReader.Read("""
            metadata: {name: web-1, namespace: shop, labels: {app: web}}
            spec: {containers: [{name: web, ports: [{containerPort: 9000}]}, {name: istio-proxy}]}
            """).Documents[0], MessageReadOptions.Kubernetes, out _);
        var workload = new WorkloadSpec("v1", "Pod", new ObjectName("shop", "web-1"), 1, [], "");
        var place = new PodPlace(_plan.Pod(5), _plan.Node)
        {
            Egress = AddressPlan.Egress(_plan.Pod(5)),
            ProgramPorts = new Dictionary<int, int> { [9000] = 20_001 },
            TcpWays = ways,
        };
        var local = new LocalPod(workload, workload.Id, pod, injected: true, place, number: 1);
        return Assert.Single(SidecarObjects.Build(builder.Build(), [local])).Value["spec"]!.AsObject();
    }
}
