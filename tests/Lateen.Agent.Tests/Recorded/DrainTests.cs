using System.Globalization;
using Lateen.Agent.Bootstrap;
using Lateen.Agent.Lifecycle;
using Lateen.Agent.Status;
using Lateen.Core;
using Lateen.Core.Logging;
using Lateen.TestKit;
using YamlDotNet.RepresentationModel;
using Data = Lateen.TestKit.Conformance;

namespace Lateen.Agent.Tests.Recorded;

/// <summary>The recorded ends of an agent, on virtual time: when the admin port is asked what, and when it is
/// over.</summary>
public sealed class DrainTests
{
    private const string Suite = "recorded-agent";

    // The proxy's own end is tested with a real process, its command line with the bootstrap.
    private static readonly string[] _others = ["drain-envoy-exits", "envoy-command-line"];

    [ConformanceFact(Suite)]
    public async Task Termination_OfEachCase_ComesAsRecorded()
    {
        var failures = new List<string>();
        var count = 0;
        foreach (var spec in Data.Cases(Suite, "drain.yaml").Where(c => !_others.Contains(c.Text("id"))))
        {
            count++;
            if (await RunAsync(spec) is { } failure)
            {
                failures.Add($"{spec.Text("id")}: {failure}");
            }
        }
        Assert.Equal(11, count);
        Assert.True(failures.Count == 0, string.Join('\n', failures));
    }

    private static async Task<string?> RunAsync(YamlMappingNode spec)
    {
        var input = spec.Find("input")!;
        var clock = new VirtualClock();
        var start = clock.GetUtcNow();
        var asked = new List<string>();
        var polls = 0;
        using var admin = new FakeHttpServer(line => Answer(spec, line, ref polls));
        admin.Asked = line =>
        {
            lock (asked)
            {
                asked.Add($"{(clock.GetUtcNow() - start).TotalSeconds:F0} {line}");
            }
        };
        var shutdown = new Shutdown(
            Resolve(input).Shutdown,
            new ProxyAdmin("127.0.0.1", admin.Port, TimeProvider.System),
            clock,
            Logger.None);

        var draining = shutdown.DrainAsync(CancellationToken.None);
        while (!draining.IsCompleted)
        {
            if (clock.NextTimer is { } next)
            {
                clock.Advance(next);
            }
            await Task.WhenAny(draining, Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System));
        }
        await draining;

        var want = spec.Find("outcome")!;
        var seconds = (clock.GetUtcNow() - start).TotalSeconds.ToString("F0", CultureInfo.InvariantCulture);
        var wantAsked = ((YamlSequenceNode)want.Find("admin_requests")!)
            .Select(r => $"{r.Text("after_s")} {r.Text("request")}");
        if (seconds != want.Text("seconds_until_exit"))
        {
            return $"over after {seconds} s, expected {want.Text("seconds_until_exit")}";
        }
        return wantAsked.SequenceEqual(asked) ? null : string.Join(" | ", asked);
    }

    private static string Answer(YamlNode spec, string line, ref int polls)
    {
        var stats = spec.Find("input")!.Text("admin_stats") ?? "";
        if (line.StartsWith("POST", StringComparison.Ordinal))
        {
            return FakeHttpServer.Reply(spec.Text("id") == "drain-admin-refuses" ? 500 : 200, "OK");
        }
        if (stats.StartsWith("status ", StringComparison.Ordinal))
        {
            return FakeHttpServer.Reply(503, "");
        }
        polls++;
        // "2, 2, then 0" tells the answers one after the other.
        return FakeHttpServer.Reply(
            200, stats.Replace("2, 2, then 0", polls < 3 ? "2" : "0", StringComparison.Ordinal) + "\n");
    }

    private static AgentOptions Resolve(YamlNode input)
    {
        var variables = input.Entries("environment").ToDictionary(e => e.Key, e => ((YamlScalarNode)e.Value).Value!);
        variables["PROXY_CONFIG"] = "{" + string.Join(", ", input.Entries("proxy_config")
            .Select(e => $"\"{e.Key}\": \"{((YamlScalarNode)e.Value).Value}\"")) + "}";
        var errors = new List<ConfigError>();
        var options = AgentOptionsResolver.Resolve(
            new AgentFlags { Role = input.Text("role") ?? "sidecar" }, new AgentEnvironment(variables), errors);
        Assert.Empty(errors);
        return options;
    }
}
