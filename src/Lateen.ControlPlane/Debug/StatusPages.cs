using System.Globalization;
using System.Text;
using Lateen.Citadel;
using Lateen.ControlPlane.Jwks;
using Lateen.Core.Yaml;
using Lateen.Galley;
using Lateen.Pilot.Serving;
using Lateen.Xds.Server;

namespace Lateen.ControlPlane.Debug;

/// <summary>
/// What the control plane tells of itself (contract 14.6): readiness, version, metrics, and pages about proxies,
/// services and endpoints. The debug pages are for callers on this machine; others are refused.
/// </summary>
internal sealed class StatusPages(
    PilotServer pilot, XdsServer xds, FolderSource source, CitadelRuntime citadel, JwksResolver jwks,
    ControlPlaneOptions options, TimeProvider clock)
{
    private static readonly string[] _pages =
    [
        "/debug/adsz", "/debug/config_dump?proxyID=", "/debug/configz", "/debug/connections", "/debug/edsz?proxyID=",
        "/debug/endpointz", "/debug/graphz", "/debug/ndsz?proxyID=", "/debug/problemz", "/debug/registryz",
        "/debug/syncz",
    ];

    public async Task<StatusPage> GetAsync(
        string path, IReadOnlyDictionary<string, string> query, bool isLocal, CancellationToken cancellation)
    {
        switch (path)
        {
            case "/ready":
                return pilot.IsReady ? StatusPage.Plain("ok\n")
                    : StatusPage.Plain("pilot has no configuration yet\n", 503);
            case "/version":
                return StatusPage.Plain($"{options.Version}\n");
            case "/metrics":
                return StatusPage.Plain(await MetricsAsync(cancellation).ConfigureAwait(false));
        }
        if (!path.StartsWith("/debug", StringComparison.Ordinal))
        {
            return StatusPage.Plain("not found\n", 404);
        }
        if (!isLocal)
        {
            return StatusPage.Plain("debug pages are for callers on this machine\n", 401);
        }
        var proxy = query.GetValueOrDefault("proxyID", "");
        YamlNode? page = path switch
        {
            "/debug/syncz" => ProxyPages.Sync(xds.Streams),
            "/debug/adsz" or "/debug/connections" => ProxyPages.Connections(xds.Streams, clock.GetUtcNow()),
            "/debug/config_dump" => ConfigDump.Of(Find(proxy), Types(query)),
            "/debug/edsz" => ConfigDump.Endpoints(Find(proxy)),
            "/debug/ndsz" => ConfigDump.NameTable(Find(proxy)),
            "/debug/registryz" => await pilot.QueryAsync(MeshPages.Services, cancellation).ConfigureAwait(false),
            "/debug/endpointz" or "/debug/endpointShardz" =>
                await pilot.QueryAsync(MeshPages.Endpoints, cancellation).ConfigureAwait(false),
            "/debug/configz" => await pilot.QueryAsync(MeshPages.Configuration, cancellation).ConfigureAwait(false),
            "/debug/graphz" => await pilot.QueryAsync(MeshPages.Graph, cancellation).ConfigureAwait(false),
            "/debug/problemz" => await ProblemsAsync(cancellation).ConfigureAwait(false),
            "/debug/list" or "/debug" or "/debug/" => new YamlSequence([.. _pages.Select(p => new YamlScalar(p))]),
            _ => null,
        };
        return page is null
            ? StatusPage.Plain(Missing(path, proxy), 404)
            : StatusPage.Json(Encoding.UTF8.GetString(JsonTreeWriter.WriteUtf8(page, indented: true)));
    }

    private static HashSet<string>? Types(IReadOnlyDictionary<string, string> query)
    {
        return query.TryGetValue("types", out var types) && types.Length > 0
            ? types.Split(',').ToHashSet(StringComparer.OrdinalIgnoreCase) : null;
    }

    private string Missing(string path, string proxy)
    {
        if (path is not ("/debug/config_dump" or "/debug/edsz" or "/debug/ndsz"))
        {
            return "not found; /debug/list names the pages\n";
        }
        var known = xds.Streams.Select(s => (s.Session as PilotServer.Session)?.Served.Proxy.Id).Order();
        return $"proxy '{proxy}' is not connected; connected are: {string.Join(", ", known)}\n";
    }

    private ServedProxy? Find(string id)
    {
        return xds.Streams.Select(s => s.Session).OfType<PilotServer.Session>().Select(s => s.Served)
            .FirstOrDefault(p => p.Proxy.Id == id || p.Proxy.NodeId == id);
    }

    private async Task<YamlNode> ProblemsAsync(CancellationToken cancellation)
    {
        var left = await pilot.QueryAsync(e => e.Problems.ToList(), cancellation).ConfigureAwait(false);
        var report = source.Report;
        return new YamlMapping(
            ("errors", Texts(report.Errors.Select(e => e.ToString()))),
            ("warnings", Texts(report.Warnings.Select(e => e.ToString()))),
            ("lastGoodVersionKept", Texts(report.Kept.Select(k => k.ToString()))),
            ("leftOut", Texts(left)),
            ("keySets", Texts(jwks.Problems)));
    }

    private static YamlSequence Texts(IEnumerable<string> texts) => new([.. texts.Select(t => new YamlScalar(t))]);

    private async Task<string> MetricsAsync(CancellationToken cancellation)
    {
        var text = new StringBuilder();
        var counts = xds.Streams.SelectMany(s => s.GetStatus()).ToList();
        Gauge(text, "pilot_xds", "Proxies connected.", xds.Streams.Count);
        Gauge(text, "pilot_xds_nacked", "Types whose last response was rejected.",
            counts.Count(c => c.NackError is not null));
        await pilot.QueryAsync(
            engine =>
            {
                Engine(text, engine);
                return true;
            },
            cancellation).ConfigureAwait(false);
        citadel.Metrics.Write(text, clock.GetUtcNow());
        Counter(text, "pilot_jwks_resolver_network_fetch_success_total", "Key sets fetched.", jwks.Successes);
        Counter(text, "pilot_jwks_resolver_network_fetch_fail_total", "Key sets that could not be fetched.",
            jwks.Failures);
        Gauge(text, "galley_objects", "Objects in force.", source.Report.Objects);
        Gauge(text, "galley_errors", "Errors in the configuration folder.", source.Report.Errors.Length);
        Gauge(text, "process_resident_memory_bytes", "Resident memory.", Environment.WorkingSet);
        return text.ToString();
    }

    private static void Engine(StringBuilder text, PilotEngine engine)
    {
        var graph = engine.Model.Graph;
        Counter(text, "pilot_pushes_total", "Pushes made.", engine.Counters.Pushes);
        Counter(text, "pilot_resources_changed_total", "Resources that came out different.",
            engine.Counters.ResourcesChanged);
        Counter(text, "pilot_proxies_moved_total", "Proxies whose group changed.", engine.Counters.ProxiesMoved);
        Gauge(text, "pilot_resource_sets", "Sets of resources that proxies share.", engine.SetCount);
        Counter(text, "pilot_graph_runs_total", "Queries run.", graph.Counters.Runs);
        Counter(text, "pilot_graph_unchanged_total", "Runs with an equal result.", graph.Counters.Unchanged);
        Counter(text, "pilot_graph_verified_total", "Results found valid without a run.", graph.Counters.Verified);
        Counter(text, "pilot_graph_evicted_total", "Results dropped.", graph.Counters.Evicted);
        Counter(text, "pilot_graph_limit_hits_total", "Times the bound on nodes was hit.", graph.Counters.LimitHits);
        Gauge(text, "pilot_graph_nodes", "Facts and results held.", graph.NodeCount);
        text.Append("# HELP pilot_query_runs_total Runs of each query.\n# TYPE pilot_query_runs_total counter\n");
        foreach (var query in graph.Queries)
        {
            text.Append(CultureInfo.InvariantCulture,
                $"pilot_query_runs_total{{query=\"{query.Name}\"}} {query.Runs}\n");
        }
    }

    private static void Gauge(StringBuilder text, string name, string help, long value)
        => text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value}\n");

    private static void Counter(StringBuilder text, string name, string help, long value)
        => text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} counter\n{name} {value}\n");
}
