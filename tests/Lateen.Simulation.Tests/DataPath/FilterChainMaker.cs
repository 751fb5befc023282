namespace Lateen.Simulation.Tests.DataPath;

/// <summary>
/// A random chain of HTTP filters before the router, with random configuration. None of them may change a body or where
/// a request goes; each may refuse a request.
/// </summary>
internal static class FilterChainMaker
{
    private const int FiltersMax = 5;

    public static string Make(Random random)
    {
        if (random.Next(3) == 0)
        {
            return "";
        }

        var filters = Enumerable.Range(0, random.Next(FiltersMax + 1)).Select(index => One(random, index));
        return string.Concat(filters);
    }

    private static string One(Random random, int index)
    {
        var (kind, options) = random.Next(11) switch
        {
            0 => ("fault.v3.HTTPFault", "delay: { fixed_delay: 0.5s, percentage: { numerator: 30 } }, "
                + "abort: { http_status: 418, percentage: { numerator: 10 } }"),
            1 => ("local_ratelimit.v3.LocalRateLimit", "stat_prefix: l, token_bucket: { max_tokens: 20, "
                + "tokens_per_fill: 5, fill_interval: 1s }, filter_enabled: { default_value: { numerator: 100 } }, "
                + "filter_enforced: { default_value: { numerator: 100 } }"),
            2 => ("buffer.v3.Buffer", $"max_request_bytes: {1000 + random.Next(200_000)}"),
            3 => ("rbac.v3.RBAC", "rules: { action: ALLOW, policies: { p: { permissions: [{ any: true }], "
                + "principals: [{ any: true }] } } }"),
            4 => ("cors.v3.Cors", ""),
            5 => ("grpc_stats.v3.FilterConfig", "stats_for_all_methods: true"),
            6 => ("bandwidth_limit.v3.BandwidthLimit", "stat_prefix: b, enable_mode: REQUEST_AND_RESPONSE, "
                + $"limit_kbps: {200 + random.Next(2000)}, fill_interval: 0.1s"),
            7 => ("header_mutation.v3.HeaderMutation", "mutations: { request_mutations: [{ append: { header: "
                + "{ key: x-more, value: y } } }], response_mutations: [{ append: { header: "
                + "{ key: x-more, value: y } } }] }"),
            8 => ("lua.v3.Lua", _luaScripts[random.Next(_luaScripts.Length)]),
            9 => ("grpc_web.v3.GrpcWeb", ""),
            _ => ("health_check.v3.HealthCheck", "pass_through_mode: false, headers: [{ name: \":path\", "
                + "string_match: { exact: /none } }]"),
        };
        return $$"""
                  - name: f{{index}}
                    typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.http.{{kind}}{{(
                        options.Length > 0 ? ", " : "")}}{{options}} }

        """;
    }

    private static readonly string[] _luaScripts =
    [
        "default_source_code: { inline_string: \"function envoy_on_request(h) h:headers():add('x-lua', 'y') end\" }",
        "default_source_code: { inline_string: \"function envoy_on_request(h) local b = h:body() "
            + "if b ~= nil then h:headers():add('x-size', tostring(b:length())) end end\" }",
        "default_source_code: { inline_string: \"function envoy_on_request(h) for c in h:bodyChunks() do "
            + "local n = c:length() end end\" }",
    ];
}
