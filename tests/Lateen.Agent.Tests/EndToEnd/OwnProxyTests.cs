namespace Lateen.Agent.Tests.EndToEnd;

/// <summary>The agent with our own proxy within its process.</summary>
public sealed class OwnProxyTests : ProxyUnderAgentTests
{
    protected override string Program => "";

    [Fact]
    public Task Certificates_RotatedUnderLoad_LoseNoRequest() => RotateUnderLoadAsync();

    [Fact]
    public Task ControlPlane_AwayAndBack_ProxyServesAndComesBack() => LoseControlPlaneAsync();

    [Fact]
    public Task Terminate_WithConnectionsOpen_DrainsThenEnds() => TerminateAsync();
}
