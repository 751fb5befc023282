using Google.Protobuf.WellKnownTypes;
using Istio.Mesh.V1Alpha1;
using Istio.Networking.V1Alpha3;
using Istio.Security.V1Beta1;
using Lateen.Core;
using Lateen.Core.Protobuf;
using Lateen.Core.Yaml;
using Distribute = Istio.Networking.V1Alpha3.LocalityLoadBalancerSetting.Types.Distribute;
using K8s = Lateen.Kubernetes.Objects;
using TlsProtocol = Istio.Mesh.V1Alpha1.MeshConfig.Types.TLSConfig.Types.TLSProtocol;

namespace Lateen.Galley.Tests.Sources;

/// <summary>The reader of messages, on Istio's messages because these have every form.</summary>
public sealed class MessageReaderTests
{
    [Fact]
    public void Read_EveryForm_IsTaken()
    {
        var rule = Good<DestinationRule>("""
            host: a
            traffic_policy:
              connectionPool: {tcp: {connect_timeout: 1h30m, maxConnections: "7"}}
              outlierDetection: {consecutive5xxErrors: 3, consecutiveGatewayErrors: 0, interval: 1.5s}
              loadBalancer: {localityLbSetting: {distribute: [{from: "a/*", to: {"a/b": 100}}]}, simple: 4}
              tls: {mode: MUTUAL, insecureSkipVerify: on}
            subsets: [{name: v1, labels: {version: v1}}]
            """);

        var policy = rule.TrafficPolicy;
        Assert.Equal(5400, policy.ConnectionPool.Tcp.ConnectTimeout.Seconds);
        Assert.Equal(7, policy.ConnectionPool.Tcp.MaxConnections);
        Assert.Equal(3u, policy.OutlierDetection.Consecutive5XxErrors);
        Assert.Equal(0u, policy.OutlierDetection.ConsecutiveGatewayErrors);
        Assert.Null(policy.OutlierDetection.ConsecutiveLocalOriginFailures);
        Assert.Equal(500_000_000, policy.OutlierDetection.Interval.Nanos);
        Assert.Equal(LoadBalancerSettings.Types.SimpleLB.RoundRobin, policy.LoadBalancer.Simple);
        Assert.Equal(100u, policy.LoadBalancer.LocalityLbSetting.Distribute[0].To["a/b"]);
        Assert.True(policy.Tls.InsecureSkipVerify);
        Assert.Equal("v1", rule.Subsets[0].Labels["version"]);
    }

    [Fact]
    public void Read_MapWithNumberKeys_TakesThem()
    {
        var policy = Good<PeerAuthentication>("{portLevelMtls: {80: {mode: DISABLE}}}");

        Assert.Equal(PeerAuthentication.Types.MutualTLS.Types.Mode.Disable, policy.PortLevelMtls[80].Mode);
    }

    [Fact]
    public void Read_KubernetesService_TakesNamesAndNumbersOfPorts()
    {
        var node = YamlReader.Read("""
            metadata: {creationTimestamp: null, unknown: 1}
            spec:
              clusterIP: None
              ports: [{port: 80, targetPort: http}, {port: 81, targetPort: 8081}]
            """).Documents[0];

        var service = MessageReader.Read<K8s.Service>(node, MessageReadOptions.Kubernetes, out var errors);

        Assert.Empty(errors);
        Assert.Equal("None", service.Spec.ClusterIp);
        Assert.Equal("http", service.Spec.Ports[0].TargetPort.StringValue);
        Assert.Equal(8081, service.Spec.Ports[1].TargetPort.NumberValue);
        Assert.Null(service.Metadata.CreationTimestamp);
    }

    [Theory]
    [InlineData("hots: [a]", "hots", "unknown field", "Did you mean \"hosts\"?")]
    [InlineData("http: {}", "http", "expected a list", "- ")]
    [InlineData("hosts: [1]", "hosts[0]", "expected a string here, found the number 1", "quotes")]
    [InlineData("http: [null]", "http[0]", "must not be null", null)]
    [InlineData("http: [{timeout: 5}]", "http[0].timeout", "expected a duration", null)]
    [InlineData("http: [{timeout: 5 s}]", "http[0].timeout", "expected a duration", null)]
    [InlineData("http: [{match: [{uri: {exact: /a, prefix: /b}}]}]", "http[0].match[0].uri.prefix", "exclude",
        "Keep one")]
    [InlineData("http: [{match: [{port: -1}]}]", "http[0].match[0].port", "out of range", null)]
    [InlineData("http: [{match: [{port: 80.5}]}]", "http[0].match[0].port", "whole number", null)]
    [InlineData("http: [{match: [{headers: {x: null}}]}]", "http[0].match[0].headers[\"x\"]", "must not be null", null)]
    [InlineData("http: [{corsPolicy: {unmatchedPreflights: FORWRAD}}]", "http[0].corsPolicy.unmatchedPreflights",
        "expected one of UNSPECIFIED, FORWARD, IGNORE", "FORWARD")]
    [InlineData("{exportTo: [a], export_to: [b]}", "exportTo", "written twice", null)]
    [InlineData("http: [{directResponse: {body: {bytes: '???'}}}]", "http[0].directResponse.body.bytes", "base64",
        null)]
    [InlineData("[]", "", "expected a map", null)]
    public void Read_Fault_NamesPathAndWayOut(string text, string path, string message, string? hint)
    {
        MessageReader.Read<VirtualService>(YamlReader.Read(text, "f.yaml").Documents[0], MessageReadOptions.Istio,
            out var errors);

        var error = Assert.Single(errors);
        Assert.Equal(path, error.Path);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.True(hint is null || error.Hint!.Contains(hint, StringComparison.Ordinal), error.Hint);
        Assert.Equal(("f.yaml", 1), (error.File, error.Line));
    }

    [Fact]
    public void Read_SeveralFaults_AllAreToldAndTheRestIsRead()
    {
        var node = YamlReader.Read("hosts: [a]\nfoo: 1\nhttp:\n- name: 3\n  timeout: x\n").Documents[0];

        var service = MessageReader.Read<VirtualService>(node, MessageReadOptions.Istio, out var errors);

        Assert.Equal([2, 4, 5], errors.Select(e => e.Line));
        Assert.Equal(["a"], service.Hosts);
    }

    [Fact]
    public void Read_Any_IsReadByItsType()
    {
        var types = Google.Protobuf.Reflection.TypeRegistry.FromFiles(DestinationRuleReflection.Descriptor);
        var options = MessageReadOptions.Strict with { Types = types };
        var errors = new List<ConfigError>();
        var any = new MessageReader(options, errors).Read<Any>(YamlReader.Read(
            "{'@type': type.googleapis.com/istio.networking.v1alpha3.Subset, name: v1}").Documents[0]);

        Assert.Empty(errors);
        Assert.Equal("v1", any.Unpack<Subset>().Name);
        Assert.Equal("{\"@type\":\"type.googleapis.com/istio.networking.v1alpha3.Subset\",\"name\":\"v1\"}",
            MessageWriter.ToJson(any, new MessageWriteOptions { Types = types }));
    }

    [Theory]
    [InlineData("1.5s", true, 1, 500_000_000)]
    [InlineData("-0.5s", true, 0, -500_000_000)]
    [InlineData("1h1m1s1ms", false, 3661, 1_000_000)]
    [InlineData("1ns", false, 0, 1)]
    [InlineData("1.5h", false, 5400, 0)]
    public void Duration_Text_IsParsed(string text, bool strictToo, long seconds, int nanos)
    {
        Assert.True(DurationText.TryParse(text, goForm: true, out var duration));
        Assert.Equal((seconds, nanos), (duration.Seconds, duration.Nanos));
        Assert.Equal(strictToo, DurationText.TryParse(text, goForm: false, out _));
    }

    [Theory]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("1")]
    [InlineData("1x")]
    [InlineData("1..5s")]
    [InlineData("--1s")]
    [InlineData("1s ")]
    [InlineData("999999999999999999999999999999999999999h")]
    [InlineData("315576000001s")]
    public void Duration_BadText_IsRefused(string text)
    {
        Assert.False(DurationText.TryParse(text, goForm: true, out _));
    }

    [Fact]
    public void Write_Message_ReadsBackEqual()
    {
        var config = DefaultMeshConfig.Create();
        config.DefaultConfig.ProxyMetadata["A"] = "b";
        config.MeshMTLS = new MeshConfig.Types.TLSConfig { MinProtocolVersion = TlsProtocol.Tlsv13 };
        config.LocalityLbSetting.Distribute.Add(new Distribute { To = { ["z"] = 1, ["a"] = 2 } });
        foreach (var text in new[]
        {
            MessageWriter.ToJson(config),
            MessageWriter.ToYaml(config, new MessageWriteOptions { DeclaredNames = true, SortFields = true }),
        })
        {
            Assert.Equal(config, Good<MeshConfig>(text));
        }
    }

    private static T Good<T>(string text)
        where T : Google.Protobuf.IMessage, new()
    {
        var stream = YamlReader.Read(text);
        Assert.Empty(stream.Errors);
        var message = MessageReader.Read<T>(stream.Documents[0], MessageReadOptions.Istio, out var errors);
        Assert.Empty(errors);
        return message;
    }
}
