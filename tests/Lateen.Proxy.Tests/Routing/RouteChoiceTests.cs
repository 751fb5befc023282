using System.Text;
using Lateen.Http;
using Lateen.Proxy.Config.Decode;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Tests.Routing;

/// <summary>Redirects, clusters by matchers, and conditions on filter state.</summary>
public sealed class RouteChoiceTests
{
    [Theory]
    [InlineData("{scheme_redirect: ftp}", "h:80", "/f", "ftp://h/f")]
    [InlineData("{scheme_redirect: ftp}", "h:443", "/f", "ftp://h:443/f")]
    [InlineData("{https_redirect: true}", "[::1]:80", "/f", "https://[::1]/f")]
    [InlineData("{scheme_redirect: HTTPS}", "h:80", "/f", "HTTPS://h/f")]
    [InlineData("{scheme_redirect: http}", "h:80", "/f", "http://h:80/f")]
    [InlineData("{path_redirect: /n, strip_query: true}", "h", "/f?q", "http://h/n")]
    [InlineData("{path_redirect: \"/n?a\", strip_query: true}", "h", "/f?q", "http://h/n?a")]
    [InlineData("{prefix_rewrite: \"/n?x=1\", strip_query: true}", "h", "/f/b?q", "http://h/n")]
    [InlineData("{prefix_rewrite: /n}", "h", "/f/b?q", "http://h/n/b?q")]
    [InlineData("{path_rewrite: \"/n%REQ(:path)%\"}", "h", "/f?q=1", "http://h/n/f?q=1")]
    [InlineData("{path_redirect: x/y}", "h", "/f?q", "http://h/x/y?q")]
    [InlineData("{path_redirect: \"?q\"}", "h", "/f", "http://h/?q")]
    [InlineData("{prefix_rewrite: n}", "h", "/f/b", "http://h/n/b")]
    [InlineData("{path_rewrite: \"%REQ(x-none)%\"}", "h", "/f?q", "http://h/f?q")]
    public void Redirect_OfARequest_GoesWhereEnvoySends(string redirect, string host, string path, string expected)
    {
        var table = Load($"[{{match: {{prefix: /f}}, redirect: {redirect}}}]");
        var request = Request(host, path);
        var info = new StreamInfo { RequestHeaders = request };
        table.MatchRoute(request, info);
        var action = info.Route!.Redirect!;

        if (action.PrefixRewrite is not null)
        {
            PathRewriter.RewritePath(action.PrefixRewrite, null, info.Route.Match.Path, request, false);
        }
        var location = new ByteBuffer();
        action.WriteLocation(location, request, info);

        Assert.Equal(expected, location.ToString());
    }

    [Fact]
    public void TlsRedirect_OfAHostWithPort_KeepsPortAndTakesNoHeaders()
    {
        var request = Request("[::1]:80", "/x?y");
        var info = new StreamInfo
        {
            RequestHeaders = request,
            VirtualHost = new Lateen.Proxy.Routing.VirtualHost
            {
                Name = "v",
                Domains = [],
                Routes = [],
                ResponseHeaders = new HeaderMutations([], [HeaderName.Create("x-there")]),
            },
        };
        var response = new HeaderMap();
        response.Add(HeaderName.Create("x-there"), "1"u8);
        var location = new ByteBuffer();

        Lateen.Proxy.Routing.VirtualHost.TlsRedirect.Redirect!.WriteLocation(location, request, info);
        Lateen.Proxy.Routing.VirtualHost.TlsRedirect.FinalizeResponseHeaders(info, response);

        Assert.Equal("https://[::1]:80/x?y", location.ToString());
        Assert.Equal(1, response.Count);
    }

    [Theory]
    [InlineData("one", "a")]
    [InlineData("two", "b")]
    public void Cluster_ByAMatcher_IsThatOfTheCondition(string value, string expected)
    {
        const string Prefix = "type.googleapis.com/envoy.extensions.router.cluster_specifiers.matcher.v3.";
        const string Input = "type.googleapis.com/envoy.type.matcher.v3.HttpRequestHeaderMatchInput";
        var action = (string cluster) =>
            $$"""{action: {name: c, typed_config: {"@type": {{Prefix}}ClusterAction, cluster: {{cluster}} } } }""";
        var predicate = $$"""
            {single_predicate: {input: {name: h, typed_config: {"@type": {{Input}}, header_name: x-m} },
            value_match: {exact: one} } }
            """;
        var matcher = $$"""
            {matcher_list: {matchers: [{predicate: {{predicate}}, on_match: {{action("a")}} }]},
            on_no_match: {{action("b")}} }
            """;
        var table = Load($$"""
            [{match: {prefix: /}, route: {inline_cluster_specifier_plugin: {extension: {name: m, typed_config:
            {"@type": {{Prefix}}MatcherClusterSpecifier, cluster_matcher: {{matcher}} } } } } }]
            """);
        var request = Request("h", "/");
        request.Add(HeaderName.Create("x-m"), Encoding.ASCII.GetBytes(value));
        var info = new StreamInfo { RequestHeaders = request };
        table.MatchRoute(request, info);

        var slot = info.Route!.SelectCluster(info, request, new Lateen.Proxy.Clusters.ClusterTable());

        Assert.Equal(expected, slot?.Name);
    }

    [Theory]
    [InlineData("string_match: {exact: b}", "b", true)]
    [InlineData("string_match: {exact: b}", "c", false)]
    [InlineData("address_match: {ranges: [{address_prefix: 10.0.0.0, prefix_len: 8}]}", "10.1.2.3", true)]
    [InlineData("address_match: {ranges: [{address_prefix: 10.0.0.0, prefix_len: 8}]}", "11.1.2.3", false)]
    public void Route_WithFilterState_MatchesItsValue(string matcher, string state, bool expected)
    {
        var table = Load($$"""
            [{match: {prefix: /, filter_state: [{key: k, {{matcher}} }]}, direct_response: {status: 200} }]
            """);
        var request = Request("h", "/");
        var info = new StreamInfo { RequestHeaders = request };
        info.SetFilterState("k", state);

        table.MatchRoute(request, info);

        Assert.Equal(expected, info.Route is not null);
    }

    [Fact]
    public void Path_RewrittenToNothing_StaysAsItIs()
    {
        var table = Load("""
            [{match: {prefix: /}, route: {cluster: a, regex_rewrite: {pattern: {regex: /drop}, substitution: ""}}}]
            """);
        var request = Request("h", "/drop?q");
        var info = new StreamInfo { RequestHeaders = request };
        table.MatchRoute(request, info);

        info.Route!.FinalizeRequestHeaders(info, request, false);

        Assert.Equal("/drop?q", Encoding.UTF8.GetString(request.Get(HeaderId.Path)));
        Assert.False(request.Contains(HeaderId.XEnvoyOriginalPath));
    }

    private static Lateen.Proxy.Routing.RouteConfiguration Load(string routes)
    {
        var context = new DecodeContext { Resources = TestResources.Create() };
        var table = RouteDecoder.Decode(
            TestResources.Read<Envoy.Config.Route.V3.RouteConfiguration>(
                $$"""virtual_hosts: [{name: v, domains: ["*"], routes: {{routes.ReplaceLineEndings(" ")}} }]"""),
            "", context);
        Assert.Empty(context.Errors);
        return table;
    }

    private static HeaderMap Request(string host, string path)
    {
        var request = new HeaderMap();
        request.Add(HeaderId.Method, "GET"u8);
        request.Add(HeaderId.Path, Encoding.ASCII.GetBytes(path));
        request.Add(HeaderId.Authority, Encoding.ASCII.GetBytes(host));
        request.Add(HeaderId.XForwardedProto, "http"u8);
        request.Add(HeaderId.Scheme, "http"u8);
        return request;
    }
}
