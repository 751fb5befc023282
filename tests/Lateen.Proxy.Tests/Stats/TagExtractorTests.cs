using Envoy.Config.Metrics.V3;
using Lateen.Core;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Tests.Stats;

public sealed class TagExtractorTests
{
    [Theory]
    [InlineData("cluster.a.upstream_rq_200", "cluster.upstream_rq", "envoy.response_code=200,envoy.cluster_name=a")]
    [InlineData("http.web.downstream_rq_4xx", "http.downstream_rq_xx",
        "envoy.response_code_class=4,envoy.http_conn_manager_prefix=web")]
    [InlineData("listener.web.http.web.downstream_rq_2xx", "listener.http.downstream_rq_xx",
        "envoy.response_code_class=2,envoy.http_conn_manager_prefix=web,envoy.listener_address=web")]
    [InlineData("vhost.vh.vcluster.other.upstream_rq_200", "vhost.vcluster.upstream_rq",
        "envoy.response_code=200,envoy.virtual_cluster=other,envoy.virtual_host=vh")]
    [InlineData("listener.sec.ssl.ciphers.TLS_AES_256_GCM_SHA384", "listener.ssl.ciphers",
        "envoy.ssl_cipher=TLS_AES_256_GCM_SHA384,envoy.listener_address=sec")]
    [InlineData("server.live", "server.live", "")]
    public void Extract_WithDefaultTags_CutsAndOrdersThem(string name, string rest, string expected)
    {
        var tags = new List<KeyValuePair<string, string>>();

        var extracted = new TagExtractor(null).Extract(name, tags);

        Assert.Equal(rest, extracted);
        Assert.Equal(expected, string.Join(',', tags.Select(tag => $"{tag.Key}={tag.Value}")));
    }

    [Fact]
    public void Configuration_WithBadTags_IsRefusedWithTheirPaths()
    {
        var errors = new List<ConfigError>();

        _ = new TagExtractor(
            new StatsConfig
            {
                StatsTags =
                {
                    new TagSpecifier { TagName = "envoy.no_such_tag" },
                    new TagSpecifier { TagName = "x", Regex = "(" },
                },
            },
            errors);

        Assert.Equal(
            ["stats_config.stats_tags[0]", "stats_config.stats_tags[1]"], errors.Select(error => error.Path));
    }
}
