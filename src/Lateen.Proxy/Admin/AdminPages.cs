using System.Globalization;
using System.Text;
using Lateen.Core.Yaml;
using Lateen.Proxy.Config;

namespace Lateen.Proxy.Admin;

/// <summary>The pages of the admin port by path.</summary>
internal sealed class AdminPages
{
    private readonly ProxyServer _server;
    private readonly RuntimePage _runtime;
    private bool _recordsLookups;
    private readonly SortedList<string, Page> _pages = new(StringComparer.Ordinal);

    public AdminPages(ProxyServer server)
    {
        _server = server;
        _runtime = new RuntimePage(server);
        Add("/", "Admin home page", _ => Home());
        AddPost("/allocprofiler", "enable/disable the allocation profiler (if supported)",
            request => Profiler(request, "Allocation profiler is not started", 400));
        AddPost("/cpuprofiler", "enable/disable the CPU profiler", request => Profiler(request, "OK\n", 200));
        AddPost("/heapprofiler", "enable/disable the heap profiler",
            _ => AdminResponse.Text("The current build does not support heap profiler", 501));
        Add("/heap_dump", "dump current Envoy heap (if supported)", NoProfiler);
        Add("/peak_heap_dump", "dump peak Envoy heap (if supported)", NoProfiler);
        Add("/memory/tcmalloc", "print TCMalloc stats", NoProfiler);
        AddPost("/runtime_modify", "Adds or modifies runtime values as passed in query parameters. To delete a "
            + "previously added key, use an empty string as the value. Note that deletion only applies to overrides "
            + "added via this endpoint; values loaded from disk can be modified via override but not deleted. E.g. "
            + "?key1=value1&key2=value2...", request => _runtime.Modify(request));
        Add("/stats/recentlookups", "Show recent stat-name lookups", _ => RecentLookups());
        AddPost("/stats/recentlookups/clear", "clear list of stat-name lookups and counter",
            _ => AdminResponse.Ok);
        AddPost("/stats/recentlookups/disable", "disable recording of reset stat-name lookup names",
            _ => SetLookups(false));
        AddPost("/stats/recentlookups/enable", "enable recording of reset stat-name lookup names",
            _ => SetLookups(true));
        Add("/certs", "print certs on machine", _ => AdminResponse.Json(CertificatesPage.Write(server)));
        Add("/clusters", "upstream cluster status", request => ClustersPage.Write(server, request));
        Add("/config_dump", "dump current Envoy configs",
            request => ConfigDumpPage.Write(server, request));
        Add("/contention", "dump current Envoy mutex contention stats (if enabled)",
            _ => AdminResponse.Text("Mutex contention tracing is not enabled. To enable, run Envoy with flag "
                + "--enable-mutex-tracing."));
        AddPost("/drain_listeners", "drain listeners", Drain);
        AddPost("/healthcheck/fail", "cause the server to fail health checks", _ => SetHealth(true));
        AddPost("/healthcheck/ok", "cause the server to pass health checks", _ => SetHealth(false));
        Add("/help", "print out list of admin commands", _ => AdminResponse.Text(Help()));
        Add("/hot_restart_version", "print the hot restart compatibility version", _ => AdminResponse.Text("disabled"));
        Add("/init_dump", "dump current Envoy init manager information (experimental)", _ =>
            InitDumpPage.Write(server));
        Add("/listeners", "print listener info", request => ListenersPage(request));
        AddPost("/logging", "query/change logging levels", request => LoggingPage.Write(_server.LogSink, request));
        Add("/memory", "print current allocation/heap usage", _ => Memory());
        AddPost("/quitquitquit", "exit the server", _ => Quit());
        Add("/ready", "print server state, return 200 if LIVE, otherwise return 503", _ => Ready());
        AddPost("/reopen_logs", "reopen access logs", _ => Reopen());
        AddPost("/reset_counters", "reset all counters to zero", _ => Reset());
        Add("/runtime", "print runtime values", _ => _runtime.Write());
        Add("/server_info", "print server version/status information", _ =>
            ServerInfoPage.Write(server, NameOf(server.State)));
        Add("/stats", "print server stats", request => StatsPages.Write(server, request));
        Add("/stats/prometheus", "print server stats in prometheus format",
            request => StatsPages.WritePrometheus(server, request));
    }

    public AdminResponse Get(AdminRequest request)
    {
        if (_server.Configuration.Resources.Taps.IsUsed)
        {
            _pages.TryAdd("/tap", new Page("tap filter control", ask => TapPage.Attach(
                _server.Configuration.Resources, ask), true));
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

    /// <summary>A page with links; what changes things is left to those who can POST.</summary>
    private AdminResponse Home()
    {
        var rows = _pages.Where(pair => pair.Key != "/").Select(pair => pair.Value.NeedsPost
            ? $"<tr><td>{pair.Key}</td><td>{pair.Value.About} (POST)</td></tr>\n"
            : $"<tr><td><a href='{pair.Key[1..]}'>{pair.Key}</a></td><td>{pair.Value.About}</td></tr>\n");
        var page = "<!DOCTYPE html>\n<html><head><title>Envoy Admin</title></head><body>\n<table>\n"
            + $"<tr><th>Command</th><th>Description</th></tr>\n{string.Concat(rows)}</table>\n</body></html>\n";
        return new AdminResponse(200, "text/html; charset=UTF-8", Encoding.UTF8.GetBytes(page));
    }

    /// <summary>There is none: switching it off is what can be asked for.</summary>
    private static AdminResponse Profiler(AdminRequest request, string whenOff, int statusWhenOff) =>
        request.Get("enable") switch
        {
            "n" => AdminResponse.Text(whenOff, statusWhenOff),
            "y" => NoProfiler(request),
            _ => AdminResponse.Text("?enable=<y|n>\n", 400),
        };

    private static AdminResponse NoProfiler(AdminRequest request) =>
        AdminResponse.Text("The current build does not support this profiler.\n", 501);

    private AdminResponse RecentLookups() => AdminResponse.Text(_recordsLookups
        ? "   Count Lookup\n\ntotal: 0\n"
        : "Lookup tracking is not enabled. Use /stats/recentlookups/enable to enable.\n\ntotal: 0\n");

    private AdminResponse SetLookups(bool on)
    {
        _recordsLookups = on;
        return AdminResponse.Ok;
    }

    private sealed record Page(string About, Func<AdminRequest, AdminResponse> Write, bool NeedsPost);
}
