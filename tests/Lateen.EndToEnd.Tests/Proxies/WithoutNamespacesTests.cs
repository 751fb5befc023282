using Lateen.EndToEnd.Tests.Mesh;

namespace Lateen.EndToEnd.Tests.Proxies;

/// <summary>Our proxy everywhere, on the machine's own loopback: explicit ports and <c>HTTP_PROXY</c> instead of
/// capture.</summary>
[Collection(MeshCollection.Name)]
public sealed class WithoutNamespacesTests : MeshTests, IClassFixture<WithoutNamespacesTests.Fixture>
{
    public WithoutNamespacesTests(Fixture fixture)
        : base(fixture.Mesh)
    {
    }

    /// <summary>The proxy calls the program as any other on this machine would.</summary>
    private protected override string ProxyAddress => "127.0.0.1";

    [LoopbackFact]
    public Task HttpProxy_BothDirections_BothProxiesAreOnTheWay() => CaptureBothDirectionsAsync();

    [LoopbackFact]
    public Task MutualTls_CalledService_SeesTheCallersIdentity() => CalleeSeesIdentityAsync();

    [LoopbackFact]
    public Task MutualTls_Gateway_CallsByItsOwnIdentity() => GatewayCallsByItsOwnIdentityAsync();

    [LoopbackFact]
    public Task Split_NinetyToTen_LiesWithinBinomialBounds() => SplitIsFairAsync();

    [LoopbackFact]
    public Task Strict_Plaintext_IsRefused() => StrictRefusesPlaintextAsync();

    [LoopbackFact]
    public Task Change_OfARoute_Converges() => ChangeConvergesAsync();

    [LoopbackFact]
    public Task Broken_Object_LeavesTheRestLive() => BrokenObjectLeavesTheRestAsync();

    [LoopbackFact]
    public Task ControlPlane_DeadFor30Seconds_NothingIsLost() => ControlPlaneDeadLosesNothingAsync();

    [LoopbackFact]
    public Task Certificate_RotatedUnderTraffic_NothingIsLost() => RotationLosesNothingAsync();

    [LoopbackFact]
    public Task Metrics_OfARequest_NameBothEnds() => MetricsNameBothEndsAsync();

    /// <summary>The mesh that the tests share.</summary>
    public sealed class Fixture : IAsyncLifetime
    {
        internal ShopMesh Mesh { get; } = new ShopMesh(ProxyKind.Own, noNamespaces: true);

        public Task InitializeAsync() => Task.CompletedTask;

        public Task DisposeAsync() => Mesh.StopAsync();
    }
}
