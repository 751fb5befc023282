using System.CommandLine;
using Lateen.Cli.ProxyConfig;

namespace Lateen.Cli.Commands;

/// <summary><c>lateen proxy-config</c>: what a proxy is set up to do, from its admin endpoint or from a dump.</summary>
internal static class ProxyConfigCommand
{
    private const string Dump = "/config_dump";
    private const string DumpWithEndpoints = "/config_dump?include_eds";
    private const string HostsPage = "/clusters?format=json";

    internal static Command Build()
    {
        var command = new Command("proxy-config", "Shows the configuration of a proxy.") { Aliases = { "pc" } };
        command.Options.Add(ProxyConfigOptions.AdminPort);
        command.Add(Listeners());
        command.Add(Clusters());
        command.Add(Routes());
        command.Add(Endpoints());
        command.Add(Secrets());
        command.Add(Bootstrap());
        command.Add(Ecds());
        command.Add(All());
        command.Add(ProxyLogCommand.Build());
        return command;
    }

    private static ProxyConfigOptions Options(string name, string help, params string[] aliases) =>
        new(name, help, aliases);

    private static Command Listeners()
    {
        var options = Options("listener", "Shows the listeners.", "listeners", "l");
        var address = options.Text("--address", "Only listeners on this address.");
        var port = options.Number("--port", "Only listeners on this port.");
        var type = options.Text("--type", "Only listeners of this type: HTTP, TCP or HTTP+TCP.");
        var verbose = options.Switch("--verbose", "Filter chains, too.");
        return options.Action(Dump, (input, output) =>
        {
            var report = new ListenerReport(
                input.Text(address), input.Number(port), input.Text(type), input.Flag(verbose));
            var dump = ConfigDump.Parse(input.Json);
            input.Write(
                output, () => report.WriteTable(dump, output, withKind: false), () =>
                    report.Select(dump), ListenerReport.Message);
        });
    }

    private static Command Clusters()
    {
        var options = Options("cluster", "Shows the clusters.", "clusters", "c");
        var filter = new ClusterOptions(options);
        var port = options.Number("--port", "Only clusters of this service port.");
        return options.Action(Dump, (input, output) =>
        {
            var report = filter.Read(input, input.Number(port));
            var dump = ConfigDump.Parse(input.Json);
            input.Write(
                output, () => report.WriteTable(dump, output, withKind: false), () =>
                    report.Select(dump), ClusterReport.Message);
        });
    }

    private static Command Routes()
    {
        var options = Options("route", "Shows the route tables.", "routes", "r");
        var name = options.Text("--name", "Only the table of this name.");
        var verbose = options.Switch("--verbose", "Virtual hosts and routes, too.");
        return options.Action(Dump, (input, output) =>
        {
            var report = new RouteReport(input.Text(name), input.Flag(verbose));
            var dump = ConfigDump.Parse(input.Json);
            input.Write(
                output, () => report.WriteTable(dump, output, withKind: false), () =>
                    report.Select(dump), RouteReport.Message);
        });
    }

    private static Command Endpoints()
    {
        var options = Options("endpoint", "Shows the endpoints and their health.", "endpoints", "ep");
        var address = options.Text("--address", "Only endpoints at this address.");
        var port = options.Number("--port", "Only endpoints at this port.");
        var cluster = options.Text("--cluster", "Only endpoints of this cluster.");
        var status =
            options.Text("--status", "Only endpoints of this status: healthy, unhealthy, draining, degraded...");
        return options.Action(HostsPage, (input, output) =>
        {
            var report = new HostReport(
                input.Text(address), input.Number(port), input.Text(cluster), input.Text(status));
            var page = ConfigDump.ParseJson(input.Json);
            input.Write(output, () => report.WriteTable(page, output), () => report.Select(page), HostReport.Message);
        });
    }

    private static Command Secrets()
    {
        var options = Options("secret", "Shows the certificates.", "secrets", "s");
        return options.Action(Dump, (input, output) =>
        {
            var dump = ConfigDump.Parse(input.Json);
            input.WriteSection(
                output,
                () => new SecretReport(TimeProvider.System).WriteTable(dump, output, withKind: false),
                dump,
                SecretReport.Section);
        });
    }

    private static Command Bootstrap()
    {
        var options = Options("bootstrap", "Shows the bootstrap.", "b");
        options.DefaultFormat = "json";
        return options.Action(Dump, (input, output) =>
        {
            var dump = ConfigDump.Parse(input.Json);
            input.WriteSection(output, () => BootstrapReport.WriteTable(dump, output), dump, BootstrapReport.Section);
        });
    }

    private static Command Ecds()
    {
        var options = Options("ecds", "Shows the extensions that come over ECDS.", "ec");
        return options.Action(Dump, (input, output) =>
        {
            var dump = ConfigDump.Parse(input.Json);
            input.WriteSection(output, () => EcdsReport.WriteTable(dump, output), dump, EcdsReport.Section);
        });
    }

    private static Command All()
    {
        var options = Options("all", "Shows all of it.", "a");
        var filter = new ClusterOptions(options);
        var port = options.Number("--port", "Only clusters, listeners and endpoints of this port.");
        var address = options.Text("--address", "Only listeners and endpoints at this address.");
        var type = options.Text("--type", "Only listeners of this type.");
        var name = options.Text("--name", "Only the route table of this name.");
        var verbose = options.Switch("--verbose", "Filter chains, virtual hosts and routes, too.");
        var headers = options.Switch("--with-headers", "A title above each table.", isOn: false);
        return options.Action(DumpWithEndpoints, (input, output) =>
        {
            if (input.Format != ProxyConfigOptions.Short)
            {
                DumpWriter.Write(ConfigDump.ParseJson(input.Json), input.Format, output);
                return;
            }

            var dump = ConfigDump.Parse(input.Json);
            var (addressText, number, isVerbose) = (input.Text(address), input.Number(port), input.Flag(verbose));
            var sections = new (string Title, Action Write)[]
            {
                ("BOOTSTRAP", () => BootstrapReport.WriteTable(dump, output)),
                ("CLUSTER", () => filter.Read(input, number).WriteTable(dump, output, withKind: true)),
                ("LISTENER", () => new ListenerReport(addressText, number, input.Text(type), isVerbose)
                    .WriteTable(dump, output, withKind: true)),
                ("ROUTE", () => new RouteReport(input.Text(name), isVerbose).WriteTable(dump, output, withKind: true)),
                ("SECRET", () => new SecretReport(TimeProvider.System).WriteTable(dump, output, withKind: true)),
                ("ENDPOINTS", () => new EndpointReport(addressText, number).WriteTable(dump, output)),
            };
            WriteSections(sections, input.Flag(headers), output);
        });
    }

    private static void WriteSections((string Title, Action Write)[] sections, bool withHeaders, TextWriter output)
    {
        for (var i = 0; i < sections.Length; i++)
        {
            output.Write(i == 0 ? "" : "\n");
            output.Write(withHeaders ? $"------ {sections[i].Title} INFO ------\n\n" : "");
            sections[i].Write();
        }
    }
}
