using System.Globalization;
using System.Text;
using Lateen.Core.Yaml;
using Lateen.Proxy.Config;
using Lateen.Proxy.Routing;

namespace Lateen.Proxy.Admin;

/// <summary>The pages of the admin port by path.</summary>
internal sealed class AdminPages
{
    private readonly ProxyServer _server;
    private readonly SortedDictionary<string, Page> _pages = new(StringComparer.Ordinal);

    public AdminPages(ProxyServer server)
    {
        _server = server;
        Add("/certs", "print certs on machine", _ => AdminResponse.Json(CertificatesPage.Write(server)));
        Add("/clusters", "upstream cluster status", request => ClustersPage.Write(server, request));
        Add("/config_dump", "dump current Envoy configs (experimental)",
            request => ConfigDumpPage.Write(server, request));
        Add("/contention", "dump current Envoy mutex contention stats (if enabled)",
            _ => AdminResponse.Text("Mutex contention tracing is not enabled. To enable, run Envoy with flag "
                + "--enable-mutex-tracing.\n"));
        AddPost("/drain_listeners", "drain listeners", Drain);
        AddPost("/healthcheck/fail", "cause the server to fail health checks", _ => SetHealth(true));
        AddPost("/healthcheck/ok", "cause the server to pass health checks", _ => SetHealth(false));
        Add("/help", "print out list of admin commands", _ => AdminResponse.Text(Help()));
        Add("/hot_restart_version", "print the hot restart compatibility version", _ => AdminResponse.Text("disabled"));
        Add("/init_dump", "dump current Envoy init manager information (experimental)", _ => InitDump());
        Add("/listeners", "print listener info", request => ListenersPage(request));
        AddPost("/logging", "query/change logging levels", request => LoggingPage.Write(_server.LogSink, request));
        Add("/memory", "print current allocation/heap usage", _ => Memory());
        AddPost("/quitquitquit", "exit the server", _ => Quit());
        Add("/ready", "print server state, return 200 if LIVE, otherwise return 503", _ => Ready());
        AddPost("/reopen_logs", "reopen access logs", _ => Reopen());
        AddPost("/reset_counters", "reset all counters to zero", _ => Reset());
        Add("/runtime", "print runtime values", _ => RuntimePage());
        Add("/server_info", "print server version/status information", _ => ServerInfo());
        Add("/stats", "print server stats", request => StatsPages.Write(server, request));
        Add("/stats/prometheus", "print server stats in prometheus format",
            request => StatsPages.WritePrometheus(server, request));
    }

    public AdminResponse Get(AdminRequest request)
    {
        if (request.Path == "/")
        {
            return AdminResponse.Text(Help());
        }
        if (!_pages.TryGetValue(request.Path, out var page))
        {
            return AdminResponse.Text($"invalid path. {Help()}", 404);
        }
        if (page.NeedsPost && request.Method != "POST")
        {
            return AdminResponse.Text($"Method {request.Method} not allowed, POST required.", 405);
        }
        return page.Write(request);
    }

    private void Add(string path, string about, Func<AdminRequest, AdminResponse> write) =>
        _pages.Add(path, new Page(about, write, false));

    private void AddPost(string path, string about, Func<AdminRequest, AdminResponse> write) =>
        _pages.Add(path, new Page(about, write, true));

    private string Help()
    {
        var text = new StringBuilder("admin commands are:\n");
        foreach (var (path, page) in _pages)
        {
            text.Append(CultureInfo.InvariantCulture, $"  {path}{(page.NeedsPost ? " (POST)" : "")}: {page.About}\n");
        }
        return text.ToString();
    }

    private AdminResponse Drain(AdminRequest request)
    {
        _server.DrainListeners(request.Has("inboundonly"), request.Has("graceful"), request.Has("skip_exit"));
        return AdminResponse.Ok;
    }

    private AdminResponse SetHealth(bool failed)
    {
        _server.SetHealthCheckFailed(failed);
        return AdminResponse.Ok;
    }

    private AdminResponse Quit()
    {
        _server.Stop();
        return AdminResponse.Ok;
    }

    private AdminResponse Reopen()
    {
        _server.ReopenLogs();
        return AdminResponse.Ok;
    }

    private AdminResponse Reset()
    {
        _server.Stats.ResetCounters();
        return AdminResponse.Ok;
    }

    private AdminResponse Ready()
    {
        var state = _server.State;
        return AdminResponse.Text($"{NameOf(state)}\n", state == ServerState.Live ? 200 : 503);
    }

    private static string NameOf(ServerState state) => state switch
    {
        ServerState.Live => "LIVE",
        ServerState.Draining => "DRAINING",
        ServerState.PreInitializing => "PRE_INITIALIZING",
        _ => "INITIALIZING",
    };

    private AdminResponse ListenersPage(AdminRequest request)
    {
        var listeners = new List<(string Name, IReadOnlyList<Addresses.Address> Addresses)>();
        lock (_server.Configuration.SyncRoot)
        {
            foreach (var entry in _server.Configuration.Listeners.Entries.Values)
            {
                if (entry.Active is { } active)
                {
                    listeners.Add((entry.Name, _server.Configuration.Listeners.Runtime.GetAddresses(active.Name)));
                }
            }
        }
        if (request.Get("format") != "json")
        {
            return AdminResponse.Text(string.Concat(
                listeners.SelectMany(entry => entry.Addresses.Select(address => $"{entry.Name}::{address}\n"))));
        }
        var statuses = listeners.Select(entry => (YamlNode)new YamlMapping(
            ("name", new YamlScalar(entry.Name)),
            ("local_address", AdminJson.Address(entry.Addresses.Count > 0 ? entry.Addresses[0] : default)))).ToList();
        return AdminResponse.Json(AdminJson.Write(new YamlMapping(("listener_statuses", new YamlSequence(statuses)))));
    }

    private static AdminResponse Memory()
    {
        var info = GC.GetGCMemoryInfo();
        return AdminResponse.Json(AdminJson.Write(new YamlMapping(
            ("allocated", AdminJson.Long(GC.GetTotalMemory(false))),
            ("heap_size", AdminJson.Long(info.HeapSizeBytes)),
            ("pageheap_unmapped", AdminJson.Long(0)),
            ("pageheap_free", AdminJson.Long(info.FragmentedBytes)),
            ("total_thread_cache", AdminJson.Long(0)),
            ("total_physical_bytes", AdminJson.Long(Environment.WorkingSet)))));
    }

    private AdminResponse InitDump()
    {
        var waiting = new List<YamlNode>();
        lock (_server.Configuration.SyncRoot)
        {
            foreach (var entry in _server.Configuration.Clusters.Entries.Values.Where(
                entry => entry.Warming is not null))
            {
                waiting.Add(new YamlScalar($"Cluster {entry.Name}"));
            }
            foreach (var entry in _server.Configuration.Listeners.Entries.Values.Where(
                entry => entry.Warming is not null))
            {
                waiting.Add(new YamlScalar($"Listener {entry.Name}"));
            }
        }
        var dump = waiting.Count == 0
            ? new YamlMapping()
            : new YamlMapping(("unready_targets_dumps", new YamlSequence(
            [
                new YamlMapping(("name", new YamlScalar("Server")), ("target_names", new YamlSequence(waiting))),
            ])));
        return AdminResponse.Json(AdminJson.Write(dump));
    }

    private AdminResponse RuntimePage()
    {
        var layers = _server.Bootstrap.LayeredRuntime?.Layers.Select(layer => (YamlNode)new YamlScalar(layer.Name))
            ?? [];
        var all = _server.Configuration.Runtime.All.Select(layer => layer.Values).ToArray();
        var entries = RuntimeSettings.Current.Values.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair =>
            (pair.Key, (YamlNode)new YamlMapping(
                ("final_value", new YamlScalar(pair.Value.Text)),
                ("layer_values", new YamlSequence([.. all.Select(values => (YamlNode)new YamlScalar(
                    values.TryGetValue(pair.Key, out var value) ? value.Text : ""))]))))).ToArray();
        return AdminResponse.Json(AdminJson.Write(new YamlMapping(
            ("layers", new YamlSequence([.. layers])),
            ("entries", new YamlMapping(entries)))));
    }

    private AdminResponse ServerInfo()
    {
        var uptime = new YamlScalar($"{(long)_server.Uptime.TotalSeconds}s");
        var options = _server.Options.CommandLine.Select(pair => (pair.Key, (YamlNode)new YamlScalar(pair.Value)))
            .Prepend(("concurrency", YamlScalar.Of(Math.Max(1, _server.Options.Concurrency)))).ToArray();
        return AdminResponse.Json(AdminJson.Write(new YamlMapping(
            ("version", new YamlScalar(_server.Options.Version)),
            ("state", new YamlScalar(NameOf(_server.State))),
            ("uptime_current_epoch", uptime),
            ("uptime_all_epochs", uptime),
            ("hot_restart_version", new YamlScalar("disabled")),
            ("command_line_options", new YamlMapping(options)),
            ("node", AdminJson.Message(_server.Node)))));
    }

    private sealed record Page(string About, Func<AdminRequest, AdminResponse> Write, bool NeedsPost);
}
