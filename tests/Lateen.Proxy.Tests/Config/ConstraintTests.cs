using Envoy.Config.Cluster.V3;
using Envoy.Config.Core.V3;
using Envoy.Config.Endpoint.V3;
using Envoy.Config.Listener.V3;
using Envoy.Config.Rbac.V3;
using Envoy.Extensions.Filters.Network.TcpProxy.V3;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Lateen.Core.Protobuf;
using Lateen.Proxy.Config;

namespace Lateen.Proxy.Tests.Config;

/// <summary>Goal: the rules in the API's definitions hold as in Envoy. Method: one broken rule of each kind.</summary>
public sealed class ConstraintTests
{
    public static TheoryData<IMessage, string> Broken => new()
    {
        {
            new TcpProxy { Cluster = "a" },
            "TcpProxyValidationError.StatPrefix: value length must be at least 1 characters"
        },
        {
            new TcpProxy { StatPrefix = "x", Cluster = "a", MaxConnectAttempts = 0 },
            "TcpProxyValidationError.MaxConnectAttempts: value must be greater than or equal to 1"
        },
        {
            new TcpProxy { StatPrefix = "x", Cluster = "a", MaxDownstreamConnectionDuration = new Duration() },
            "TcpProxyValidationError.MaxDownstreamConnectionDuration: value must be greater than or equal to 1ms"
        },
        { new TcpProxy { StatPrefix = "x" }, "field: \"cluster_specifier\", reason: is required" },
        {
            new FilterChainMatch { DestinationPort = 65536 },
            "FilterChainMatchValidationError.DestinationPort: value must be inside range [1, 65535]"
        },
        {
            new FilterChainMatch { SourcePorts = { 1, 0 } },
            "FilterChainMatchValidationError.SourcePorts[1]: value must be inside range [1, 65535]"
        },
        {
            new OutlierDetection { EnforcingConsecutive5Xx = 101 },
            "OutlierDetectionValidationError.EnforcingConsecutive_5Xx: value must be less than or equal to 100"
        },
        {
            new OutlierDetection { Interval = new Duration() },
            "OutlierDetectionValidationError.Interval: value must be greater than 0s"
        },
        {
            new Policy { Principals = { new Principal { Any = true } } },
            "PolicyValidationError.Permissions: value must contain at least 1 item(s)"
        },
        {
            new RBAC { Policies = { ["p"] = new Policy { Principals = { new Principal { Any = true } } } } },
            "RBACValidationError.Policies[p]: embedded message failed validation | caused by "
                + "PolicyValidationError.Permissions: value must contain at least 1 item(s)"
        },
        {
            new SocketOption { State = (SocketOption.Types.SocketState)9, IntValue = 1 },
            "SocketOptionValidationError.State: value must be one of the defined enum values"
        },
        {
            new HeaderValue { Key = "a\nb" },
            "HeaderValueValidationError.Key: value does not match regex pattern \"^[^\\x00\\n\\r]*$\""
        },
        {
            new Envoy.Extensions.Upstreams.Http.V3.HttpProtocolOptions(),
            "field: \"upstream_protocol_options\", reason: is required"
        },
        {
            new ClusterLoadAssignment
            {
                ClusterName = "x",
                Endpoints = { new LocalityLbEndpoints { LoadBalancingWeight = 0 } },
            },
            "ClusterLoadAssignmentValidationError.Endpoints[0]: embedded message failed validation | caused by "
                + "LocalityLbEndpointsValidationError.LoadBalancingWeight: value must be greater than or equal to 1"
        },
        {
            new HealthCheck { Timeout = new Duration { Seconds = 1 }, Interval = new Duration { Seconds = 1 } },
            "HealthCheckValidationError.UnhealthyThreshold: value is required"
        },
    };

    public static TheoryData<IMessage> Kept => new()
    {
        new TcpProxy { StatPrefix = "x", Cluster = "a" },
        new FilterChainMatch { SourcePorts = { 1, 65535 } },
        // Rules of the packaged API that Envoy has no longer.
        new RuntimeFeatureFlag { DefaultValue = true },
        new Envoy.Type.V3.TokenBucket { FillInterval = new Duration { Seconds = 1 } },
        new HeaderValue { Key = "a", Value = "tab\tand more" },
        new ClusterLoadAssignment { ClusterName = "x" },
        new Node(),
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public void Find_BrokenRule_TellsIt(IMessage message, string expected) =>
        Assert.Equal(expected, ConstraintCheck.Find(message.GetType(), message.ToByteArray()));

    [Theory]
    [MemberData(nameof(Kept))]
    public void Find_GoodMessage_TellsNothing(IMessage message) =>
        Assert.Null(ConstraintCheck.Find(message.GetType(), message.ToByteArray()));

    [Fact]
    public void Find_MessageWithoutRules_TellsNothing() =>
        Assert.Null(ConstraintCheck.Find(typeof(Struct), new Struct().ToByteArray()));

    // Field 99 is in no message; 4 is the connect timeout, written as a number.
    [Theory]
    [InlineData("9B069C06", "an empty group")]
    [InlineData("9B06A3060A0161A4069C06", "a group in a group")]
    [InlineData("2007", "a message's field with a number")]
    public void Find_FieldNotInTheSchema_IgnoresIt(string bytes, string what)
    {
        byte[] message = [.. new Cluster { Name = "x" }.ToByteArray(), .. Convert.FromHexString(bytes)];

        Assert.True(ConstraintCheck.Find(typeof(Cluster), message) is null, what);
        Assert.Equal("x", Cluster.Parser.ParseFrom(message).Name);
    }

    [Theory]
    [InlineData("0A")]
    [InlineData("0A0561")]
    [InlineData("9B06")]
    [InlineData("9C06")]
    [InlineData("00")]
    public void Run_BytesThatAreNoMessage_RefusesThem(string bytes)
    {
        var body = ByteString.CopyFrom(Convert.FromHexString(bytes));
        var outcome = ResourceGuard.Run("x", () =>
        {
            ResourceGuard.Check(typeof(Cluster), body);
            return new ResourceOutcome("x", []);
        });

        Assert.Equal("PROTOBUF", Assert.Single(outcome.Errors).Code);
    }
}
