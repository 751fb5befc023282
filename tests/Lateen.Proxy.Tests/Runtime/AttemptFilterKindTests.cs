using Lateen.Proxy.Clusters;
using Lateen.Proxy.Config.Decode;
using Lateen.Proxy.Filters;
using Lateen.Proxy.Routing;
using HcmProto = Envoy.Extensions.Filters.Network.HttpConnectionManager.V3.HttpConnectionManager;

namespace Lateen.Proxy.Tests.Runtime;

/// <summary>Which filters attempts may have, as configured, and what those inside others do.</summary>
public sealed class AttemptFilterKindTests
{
    private const string Api = "\"@type\": type.googleapis.com/envoy.extensions.";
    private const string Mutation = "{" + Api + "filters.http.header_mutation.v3.HeaderMutation, mutations: "
        + "{request_mutations: [{append: {header: {key: x-a, value: b}}}]}}";

    private const string Rules = "{" + Api + "filters.http.rbac.v3.RBAC, rules: {action: ALLOW}}";
    private const string Cors = "{" + Api + "filters.http.cors.v3.Cors}";
    private const string Skip = "{" + Api + "filters.common.matcher.action.v3.SkipFilter}";
    private const string Input = "{name: i, typed_config: {\"@type\": "
        + "type.googleapis.com/envoy.type.matcher.v3.HttpRequestHeaderMatchInput, header_name: x-m}}";

    private const string Library = "compressor_library: {name: l, typed_config: "
        + "{" + Api + "compression.gzip.compressor.v3.Gzip}}";

    private const string Compressor = "{" + Api + "filters.http.compressor.v3.Compressor, " + Library + "}";
    private const string RequestCompressor = "{" + Api + "filters.http.compressor.v3.Compressor, " + Library
        + ", request_direction_config: {}}";

    private const string Signing = "{" + Api + "filters.http.aws_request_signing.v3.AwsRequestSigning, "
        + "service_name: s, region: r, credential_provider: "
        + "{inline_credential: {access_key_id: A, secret_access_key: B}}}";

    private const string Long = "content-type: text/plain\r\ncontent-length: 100\r\n\r\n";

    public static TheoryData<string, bool> Kinds => new()
    {
        { Mutation, true },
        { Rules, true },
        { Cors, false },
        { Matched(Mutation), true },
        { Matched(Rules), false },
        { Composite(Mutation), true },
        { Composite(Rules), false },
        { Composite(Cors), false },
        { Compressor, true },
        { Signing, true },
        { RequestCompressor, false },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Decode_OfAKind_TakesItOrRefusesItByName(string filter, bool isTaken)
    {
        var context = new DecodeContext { Resources = TestResources.Create() };

        var filters = Decode(filter, context);

        Assert.Equal(isTaken, filters.Length == 1);
        Assert.Equal(isTaken ? [] : ["f is not supported as an upstream filter"],
            context.Errors.Select(error => error.Message));
    }

    [Theory]
    [InlineData("x-m: skip\r\n", false)]
    [InlineData("x-m: other\r\n", true)]
    [InlineData("", true)]
    public void Matcher_ThatSkips_LeavesTheAttemptAlone(string header, bool isChanged) =>
        Assert.Equal(isChanged, SentWith(Matched(Mutation), header).Contains("x-a: b", StringComparison.Ordinal));

    [Theory]
    [InlineData("x-m: run\r\n", true)]
    [InlineData("", false)]
    public void Composite_RunsWhatMatches(string header, bool isChanged) =>
        Assert.Equal(isChanged, SentWith(Composite(Mutation), header).Contains("x-a: b", StringComparison.Ordinal));

    [Fact]
    public void Compressor_AfterARetry_CompressesTheAnswerThatIsTaken()
    {
        using var harness = new RuntimeHarness();
        var upstream = harness.AddUpstream();
        upstream.Script.Add("HTTP/1.1 503 No\r\n" + Long + new string('x', 100));
        upstream.Script.Add("HTTP/1.1 200 OK\r\n" + Long + new string('x', 100));
        var client = Start(harness, upstream, Compressor);

        client.Send("GET / HTTP/1.1\r\nhost: a\r\naccept-encoding: gzip\r\n\r\n");
        harness.Until("response", () => client.Received.EndsWith("0\r\n\r\n", StringComparison.Ordinal));

        Assert.StartsWith("HTTP/1.1 200 ", client.Received, StringComparison.Ordinal);
        Assert.Contains("content-encoding: gzip\r\n", client.Received, StringComparison.Ordinal);
        Assert.DoesNotContain("xxxx", client.Received, StringComparison.Ordinal);
        Assert.Equal(2, upstream.Requests.Count);
    }

    [Fact]
    public void Signing_OfAnAttempt_HashesItsBody()
    {
        using var harness = new RuntimeHarness();
        var upstream = harness.AddUpstream();
        upstream.Script.Add("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
        var client = Start(harness, upstream, Signing);

        client.Send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\nhello");
        harness.Until("response", () => client.Received.EndsWith("ok", StringComparison.Ordinal));

        var request = Assert.Single(upstream.Requests);
        Assert.Contains(
            "x-amz-content-sha256: 2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824\r\n", request,
            StringComparison.Ordinal);
        Assert.Contains("authorization: AWS4-HMAC-SHA256 Credential=A/", request, StringComparison.Ordinal);
    }

    private static string Matched(string filter) => "{" + Api + "common.matching.v3.ExtensionWithMatcher, "
        + "extension_config: {name: inner, typed_config: " + filter + "}, xds_matcher: "
        + On("skip", Skip) + "}";

    private static string Composite(string filter) => "{" + Api + "common.matching.v3.ExtensionWithMatcher, "
        + "extension_config: {name: inner, typed_config: {" + Api + "filters.http.composite.v3.Composite}}, "
        + "xds_matcher: " + On("run", "{" + Api + "filters.http.composite.v3.ExecuteFilterAction, "
            + "typed_config: {name: f, typed_config: " + filter + "}}") + "}";

    private static string On(string value, string action) => "{matcher_list: {matchers: [{predicate: "
        + "{single_predicate: {input: " + Input + ", value_match: {exact: " + value + "}}}, "
        + "on_match: {action: {name: a, typed_config: " + action + "}}}]}}";

    private static HttpFilter[] Decode(string filter, DecodeContext context)
    {
        var hcm = TestResources.Read<HcmProto>("{http_filters: [{name: f, typed_config: " + filter + "}, "
            + "{name: codec, typed_config: {" + Api + "filters.http.upstream_codec.v3.UpstreamCodec}}]}");
        return UpstreamFilterDecoder.Decode(hcm.HttpFilters, "cluster.a.", false, "http_filters", context);
    }

    private static string SentWith(string filter, string header)
    {
        using var harness = new RuntimeHarness();
        var upstream = harness.AddUpstream();
        upstream.Script.Add("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
        var client = Start(harness, upstream, filter);

        client.Send($"GET / HTTP/1.1\r\nhost: a\r\n{header}\r\n");
        harness.Until("response", () => client.Received.EndsWith("ok", StringComparison.Ordinal));

        return Assert.Single(upstream.Requests);
    }

    private static RawPeer Start(RuntimeHarness harness, FakeUpstream upstream, string filter)
    {
        var context = new DecodeContext { Resources = TestResources.Create() };
        var options = new UpstreamHttpOptions { Filters = Decode(filter, context) };
        harness.AddCluster("a", new ClusterConfig { Name = "a", Http = options }, upstream.Address);
        var action = new RouteAction
        {
            Cluster = harness.Clusters.GetOrAdd("a"),
            RetryPolicy = new RetryPolicy { On = RetryOn.Status5xx, BaseIntervalNanos = 1_000_000 },
        };
        return harness.Connect(harness.Listen(harness.Manager(RuntimeHarness.Route("/", action))));
    }
}
