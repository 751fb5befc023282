namespace Lateen.Agent.Tests.EndToEnd;

/// <summary>The agent with a real Envoy: secrets over the socket, discovery through the agent.</summary>
public sealed class EnvoyTests : ProxyUnderAgentTests
{
    protected override string Program => EnvoyFactAttribute.EnvoyPath;

    [EnvoyFact]
    public Task Certificates_RotatedUnderLoad_LoseNoRequest() => RotateUnderLoadAsync();

    [EnvoyFact]
    public Task ControlPlane_AwayAndBack_ProxyServesAndComesBack() => LoseControlPlaneAsync();

    [EnvoyFact]
    public Task Terminate_WithConnectionsOpen_DrainsThenEnds() => TerminateAsync();
}
