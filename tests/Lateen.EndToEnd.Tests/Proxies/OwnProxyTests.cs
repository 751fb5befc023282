using Lateen.EndToEnd.Tests.Mesh;

namespace Lateen.EndToEnd.Tests.Proxies;

/// <summary>Our proxy everywhere.</summary>
[Collection(MeshCollection.Name)]
public sealed class OwnProxyTests : MeshTests, IClassFixture<OwnProxyTests.Fixture>
{
    public OwnProxyTests(Fixture fixture)
        : base(fixture.Mesh)
    {
    }

    [MeshFact]
    public Task Capture_BothDirections_BothProxiesAreOnTheWay() => CaptureBothDirectionsAsync();

    [MeshFact]
    public Task MutualTls_CalledService_SeesTheCallersIdentity() => CalleeSeesIdentityAsync();

    [MeshFact]
    public Task MutualTls_Gateway_CallsByItsOwnIdentity() => GatewayCallsByItsOwnIdentityAsync();

    [MeshFact]
    public Task Split_NinetyToTen_LiesWithinBinomialBounds() => SplitIsFairAsync();

    [MeshFact]
    public Task Strict_Plaintext_IsRefused() => StrictRefusesPlaintextAsync();

    [MeshFact]
    public Task Change_OfARoute_Converges() => ChangeConvergesAsync();

    [MeshFact]
    public Task Broken_Object_LeavesTheRestLive() => BrokenObjectLeavesTheRestAsync();

    [MeshFact]
    public Task ControlPlane_DeadFor30Seconds_NothingIsLost() => ControlPlaneDeadLosesNothingAsync();

    [MeshFact]
    public Task Certificate_RotatedUnderTraffic_NothingIsLost() => RotationLosesNothingAsync();

    [MeshFact]
    public Task Metrics_OfARequest_NameBothEnds() => MetricsNameBothEndsAsync();

    /// <summary>The mesh that the tests share.</summary>
    public sealed class Fixture : IAsyncLifetime
    {
        internal ShopMesh Mesh { get; } = new ShopMesh(ProxyKind.Own);

        public Task InitializeAsync() => Task.CompletedTask;

        public Task DisposeAsync() => Mesh.StopAsync();
    }
}
