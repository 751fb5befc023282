using Lateen.Pilot.Model;

namespace Lateen.Pilot.Tests.Model;

public sealed class ProtocolRulesTests
{
    [Theory]
    [InlineData(0, "", "TCP", null, Protocol.Auto)]
    [InlineData(0, "", "UDP", null, Protocol.Udp)]
    [InlineData(0, "http", "UDP", null, Protocol.Udp)]
    [InlineData(0, "something-httpx", "TCP", "https", Protocol.Https)]
    [InlineData(0, "grpc-web-x", "TCP", null, Protocol.GrpcWeb)]
    [InlineData(0, "grpc-web", "TCP", null, Protocol.GrpcWeb)]
    [InlineData(0, "grpc-x", "TCP", null, Protocol.Grpc)]
    [InlineData(0, "HTTP2-x", "TCP", null, Protocol.Http2)]
    [InlineData(0, "httpx", "TCP", null, Protocol.Auto)]
    [InlineData(3306, "random-name", "TCP", null, Protocol.Tcp)]
    [InlineData(3306, "mysql", "TCP", null, Protocol.MySql)]
    [InlineData(3306, "random-name", "TCP", "kubernetes.io/h2c", Protocol.Http2)]
    [InlineData(80, "x", "TCP", "kubernetes.io/ws", Protocol.Http)]
    [InlineData(80, "http", "TCP", "unknown", Protocol.Auto)]
    public void OfKubernetesPort_Declaration_GivesProtocol(
        int port, string name, string transport, string? app, Protocol expected)
        => Assert.Equal(expected, ProtocolRules.OfKubernetesPort(port, name, transport, app));
}
