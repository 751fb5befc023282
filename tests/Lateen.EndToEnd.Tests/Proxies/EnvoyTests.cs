using Lateen.EndToEnd.Tests.Mesh;

namespace Lateen.EndToEnd.Tests.Proxies;

/// <summary>Real Envoys everywhere.</summary>
[Collection(MeshCollection.Name)]
public sealed class EnvoyTests : MeshTests, IClassFixture<EnvoyTests.Fixture>
{
    public EnvoyTests(Fixture fixture)
        : base(fixture.Mesh)
    {
    }

    [MeshFact("envoy")]
    public Task Capture_BothDirections_BothProxiesAreOnTheWay() => CaptureBothDirectionsAsync();

    [MeshFact("envoy")]
    public Task MutualTls_CalledService_SeesTheCallersIdentity() => CalleeSeesIdentityAsync();

    [MeshFact("envoy")]
    public Task MutualTls_Gateway_CallsByItsOwnIdentity() => GatewayCallsByItsOwnIdentityAsync();

    [MeshFact("envoy")]
    public Task Split_NinetyToTen_LiesWithinBinomialBounds() => SplitIsFairAsync();

    [MeshFact("envoy")]
    public Task Strict_Plaintext_IsRefused() => StrictRefusesPlaintextAsync();

    [MeshFact("envoy")]
    public Task Change_OfARoute_Converges() => ChangeConvergesAsync();

    [MeshFact("envoy")]
    public Task Broken_Object_LeavesTheRestLive() => BrokenObjectLeavesTheRestAsync();

    [MeshFact("envoy")]
    public Task ControlPlane_DeadFor30Seconds_NothingIsLost() => ControlPlaneDeadLosesNothingAsync();

    [MeshFact("envoy")]
    public Task Certificate_RotatedUnderTraffic_NothingIsLost() => RotationLosesNothingAsync();

    [Fact(Skip = "a stock Envoy has no istio.stats filter, which makes istio_requests_total")]
    public Task Metrics_OfARequest_NameBothEnds() => MetricsNameBothEndsAsync();

    /// <summary>The mesh that the tests share.</summary>
    public sealed class Fixture : IAsyncLifetime
    {
        internal ShopMesh Mesh { get; } = new ShopMesh(ProxyKind.Envoy);

        public Task InitializeAsync() => Task.CompletedTask;

        public Task DisposeAsync() => Mesh.StopAsync();
    }
}
