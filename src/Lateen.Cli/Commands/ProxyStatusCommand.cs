using System.CommandLine;
using System.Text.Json.Nodes;
using Lateen.Cli.ProxyConfig;
using Lateen.Local.Hosting;

namespace Lateen.Cli.Commands;

/// <summary><c>lateen proxy-status</c>: which proxies are connected and how far each has come.</summary>
internal static class ProxyStatusCommand
{
    private const string Page = "/debug/syncz";
    private const string Pod = "deployment/istiod.istio-system";
    private const int DebugPort = 8080;
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(30);

    internal static Command Build()
    {
        var address = new Option<string?>("--xds-address")
        {
            Description = "Address of the control plane's debug endpoint, else that of the mesh on this machine.",
        };
        var file = new Option<string?>("--file",
            "-f")
        { Description = $"A saved page {Page} instead; - reads standard input." };
        var format = new Option<string>("--output", "-o")
        {
            Description = "table, json or yaml.",
            DefaultValueFactory = _ => "table",
        };
        var verbosity = new Option<int>("--verbosity", "-v") { Description = "1 shows each type in a column." };
        var space = new Option<string?>("--namespace", "-n") { Description = "Only proxies of this namespace." };
        var command = new Command("proxy-status", "Shows the proxies and whether they are in step.")
        {
            address, file, format, verbosity, space,
        };
        command.Aliases.Add("ps");
        command.SetAction(async (result, cancellation) =>
        {
            try
            {
                var json = result.GetValue(file) is { } path
                    ? await File.ReadAllTextAsync(path == "-" ? "/dev/stdin" : path, cancellation)
                    : await FetchAsync(result.GetValue(address), cancellation);
                var report =
                    new SyncReport(TimeProvider.System, result.GetValue(space) ?? "", result.GetValue(verbosity) > 0,
                        (result.GetValue(file) ?? result.GetValue(address)) is null ? FindLocal()?.Name ?? "" : "");
                Write(report, ConfigDump.ParseJson(json), result.GetValue(format)!,
                    result.InvocationConfiguration.Output);
                return 0;
            }
            catch (Exception e) when (e is DumpException or IOException or HttpRequestException
                or TaskCanceledException)
            {
                await result.InvocationConfiguration.Error.WriteLineAsync($"Error: {e.Message}");
                return 1;
            }
        });
        return command;
    }

    private static void Write(SyncReport report, JsonNode page, string format, TextWriter output)
    {
        switch (format)
        {
            case "table":
                report.WriteTable(page, output);
                break;
            case "json" or "yaml":
                DumpWriter.Write(new JsonArray([.. report.Select(page).Select(proxy => proxy.DeepClone())]), format,
                    output);
                break;
            default:
                throw new DumpException($"output format '{format}' is not supported; use table, json or yaml");
        }
    }

    /// <summary>The control plane's pod in a mesh on this machine.</summary>
    private static PodStatusView? FindLocal() => LocalMeshes.Find(LocalMeshes.DefaultRoot)
        .Select(mesh => LocalMeshes.FindPod(mesh, Pod)).FirstOrDefault(pod => pod is not null);

    private static async Task<string> FetchAsync(string? address, CancellationToken cancellation)
    {
        if (address is null && FindLocal() is not null)
        {
            return await LocalMeshAdmin.Default.AskAsync(Pod, "GET", Page, DebugPort);
        }

        using var http = new HttpClient { Timeout = _timeout };
        return await http.GetStringAsync(new Uri($"http://{address ?? $"127.0.0.1:{DebugPort}"}{Page}"), cancellation);
    }
}
