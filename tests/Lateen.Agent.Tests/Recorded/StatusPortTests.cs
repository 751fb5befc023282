using System.Globalization;
using System.Net;
using Lateen.Agent.Status;
using Lateen.Core.Logging;
using Lateen.TestKit;
using YamlDotNet.RepresentationModel;
using Data = Lateen.TestKit.Conformance;

namespace Lateen.Agent.Tests.Recorded;

/// <summary>The recorded cases of the status port: readiness, other paths, probes, merged metrics.</summary>
public sealed class StatusPortTests
{
    private const string Suite = "recorded-agent";
    private const string ReadyStats = """
        cluster_manager.cds.update_success: 1
        listener_manager.lds.update_success: 1
        server.state: 0
        listener_manager.workers_started: 1

        """;

    [ConformanceFact(Suite)]
    public async Task Readiness_StepByStep_AsksAndAnswersAsRecorded()
    {
        var spec = Data.Cases(Suite, "readiness.yaml").Single(c => c.Text("id") == "readiness-sequence");
        var inputs = ((YamlSequenceNode)spec.Find("input")!.Find("steps")!).Children;
        var outcomes = ((YamlSequenceNode)spec.Find("outcome")!.Find("steps")!).Children;
        var answer = "";
        using var admin = new FakeHttpServer(_ => answer);
        var port = CreatePort(admin.Port, "", () => { }, () => { });

        Assert.Equal(14, inputs.Count);
        foreach (var (input, outcome) in inputs.Zip(outcomes))
        {
            var text = ((YamlScalarNode)input.Find("admin_answer")!).Value!;
            answer = int.TryParse(text, CultureInfo.InvariantCulture, out var status)
                ? FakeHttpServer.Reply(status, "")
                : FakeHttpServer.Reply(200, text);

            var reply = await port.HandleAsync(Request("GET", "/healthz/ready"), CancellationToken.None);

            var about = input.Text("about");
            Assert.True(outcome.Text("status") == $"{reply.Status}", $"{about}: {reply.Status}");
            Assert.Equal("", reply.BodyText);
            Assert.Equal(outcome.Texts("admin_requests"), admin.TakeRequests().Select(r => r.Line));
        }
    }

    [ConformanceFact(Suite)]
    public async Task OtherPaths_WithAReadyProxy_AnswerAsRecorded()
    {
        using var admin = new FakeHttpServer(_ => FakeHttpServer.Reply(200, ReadyStats));
        var port = CreatePort(admin.Port, "", () => { }, () => { });
        var count = 0;
        foreach (var spec in Data.Cases(Suite, "readiness.yaml"))
        {
            if (spec.Find("input")!.Text("request") is not { } line)
            {
                continue;
            }
            count++;
            var words = line.Split(' ');

            var reply = await port.HandleAsync(Request(words[0], words[1]), CancellationToken.None);

            Assert.True(spec.Find("outcome")!.Text("status") == $"{reply.Status}", $"{line}: {reply.Status}");
        }
        Assert.Equal(5, count);
    }

    [Theory]
    [InlineData("/quitquitquit", "127.0.0.1", 200, 1)]
    [InlineData("/quitquitquit", "10.0.0.7", 403, 0)]
    [InlineData("/drain", "::1", 200, 1)]
    [InlineData("/drain", "10.0.0.7", 403, 0)]
    public async Task Ends_ByPost_AreForThePodOnly(string path, string client, int status, int calls)
    {
        var called = 0;
        var port = CreatePort(1, "", () => called++, () => called++);

        var reply = await port.HandleAsync(
            Request("POST", path) with { Client = IPAddress.Parse(client) }, CancellationToken.None);

        Assert.Equal(status, reply.Status);
        Assert.Equal(calls, called);
    }

    [ConformanceFact(Suite)]
    public async Task Probes_OfTheApplication_AreDoneAsRecorded()
    {
        using var application = new FakeHttpServer(line => line switch
        {
            "GET /ok" => FakeHttpServer.Reply(200, "fine"),
            "GET /moved" => FakeHttpServer.Reply(302, "", "Location: /elsewhere\r\n"),
            "GET /bad?x=1" => FakeHttpServer.Reply(418, "teapot"),
            _ => FakeHttpServer.Reply(404, "nothing"),
        });
        var failures = new List<string>();
        var count = 0;
        foreach (var spec in Data.Cases(Suite, "probes.yaml"))
        {
            count++;
            var input = spec.Find("input")!;
            var path = input.Text("path")!;
            var json = ToJson(input.Find("prober")!)
                .Replace("8080", $"{application.Port}", StringComparison.Ordinal)
                .Replace("8099", $"{FreePorts.Take()}", StringComparison.Ordinal);
            var prober = new AppProber($$"""{"{{path}}": {{json}}}""", "127.0.0.1", TimeProvider.System);
            var headers = input.Entries("kubelet_headers").ToDictionary(
                h => h.Key.ToLowerInvariant(), h => ((YamlScalarNode)h.Value).Value!);

            var reply = await prober.ProbeAsync(
                new HttpRequest("GET", path, headers, IPAddress.Loopback), CancellationToken.None);

            var want = spec.Find("outcome")!;
            var asked = application.TakeRequests();
            var wantAsked = ((YamlSequenceNode)want.Find("requests_to_application")!).Children;
            if (want.Text("status") != $"{reply.Status}" || (want.Text("body") ?? "") != reply.BodyText)
            {
                failures.Add($"{spec.Text("id")}: {reply.Status} '{reply.BodyText}'");
            }
            if (asked.Count != wantAsked.Count)
            {
                failures.Add($"{spec.Text("id")}: {asked.Count} requests, expected {wantAsked.Count}");
                continue;
            }
            foreach (var (got, expected) in asked.Zip(wantAsked))
            {
                CompareRequest(spec.Text("id")!, got, expected, application.Port, failures);
            }
        }
        Assert.Equal(7, count);
        Assert.True(failures.Count == 0, string.Join('\n', failures));
    }

    [ConformanceFact(Suite)]
    public async Task Metrics_OfAgentProxyAndApplication_AreMergedAsRecorded()
    {
        foreach (var spec in Data.Cases(Suite, "prometheus.yaml"))
        {
            var input = spec.Find("input")!;
            using var proxy = new FakeHttpServer(
                _ => FakeHttpServer.Reply(200, input.Text("envoy_answers_on_15090")!));
            using var application = new FakeHttpServer(_ => AnswerOf(input.Text("application_answers")!));
            var annotations = input.Find("environment")!.Text("ISTIO_PROMETHEUS_ANNOTATIONS")!
                .Replace("8080", $"{application.Port}", StringComparison.Ordinal);
            var merger = new MetricsMerger(annotations, "127.0.0.1", "127.0.0.1", proxy.Port,
                new AgentMetrics(TimeProvider.System));
            var headers = input.Entries("request_headers").ToDictionary(
                h => h.Key.ToLowerInvariant(), h => ((YamlScalarNode)h.Value).Value!);

            var reply = await merger.ScrapeAsync(
                new HttpRequest("GET", "/stats/prometheus", headers, IPAddress.Loopback), CancellationToken.None);

            var want = spec.Find("outcome")!;
            Assert.Equal(want.Text("content_type"), reply.ContentType);
            var lines = reply.BodyText.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.Equal(
                want.Texts("lines_not_of_the_agent"),
                lines.Where(l => !l.Contains("istio_agent_", StringComparison.Ordinal)));
            Assert.StartsWith("# TYPE istio_agent_", lines[0], StringComparison.Ordinal);
            var asked = proxy.TakeRequests().Concat(application.TakeRequests()).ToList();
            var wantAsked = ((YamlSequenceNode)want.Find("requests_seen")!).Children;
            var failures = new List<string>();
            foreach (var (got, expected) in asked.Zip(wantAsked))
            {
                CompareRequest(
                    spec.Text("id")!, got, expected, got.Line.EndsWith("/m", StringComparison.Ordinal)
                        ? application.Port : proxy.Port, failures);
            }
            Assert.True(failures.Count == 0, string.Join('\n', failures));
            Assert.Equal(wantAsked.Count, asked.Count);
        }
    }

    private static string AnswerOf(string text)
    {
        const string OpenMetrics = " as application/openmetrics-text";
        if (text.StartsWith("status ", StringComparison.Ordinal))
        {
            return FakeHttpServer.Reply(int.Parse(text[7..], CultureInfo.InvariantCulture), "");
        }
        return text.EndsWith(OpenMetrics, StringComparison.Ordinal)
            ? FakeHttpServer.Reply(200, text[..^OpenMetrics.Length], "Content-Type: application/openmetrics-text\r\n")
            : FakeHttpServer.Reply(200, text);
    }

    private static void CompareRequest(
        string id,
        (string Line, Dictionary<string, string> Headers) got,
        YamlNode expected,
        int port,
        List<string> failures)
    {
        if (got.Line != expected.Text("request"))
        {
            failures.Add($"{id}: {got.Line}, expected {expected.Text("request")}");
        }
        foreach (var (name, value) in expected.Entries("headers"))
        {
            var want = ((YamlScalarNode)value).Value!
                .Replace(":8080", $":{port}", StringComparison.Ordinal)
                .Replace(":15090", $":{port}", StringComparison.Ordinal);
            if (got.Headers.GetValueOrDefault(name) != want)
            {
                failures.Add($"{id}: {name} is {got.Headers.GetValueOrDefault(name)}, expected {want}");
            }
        }
        var names = expected.Entries("headers").Select(h => h.Key).Append("Connection").Append("Accept-Encoding");
        failures.AddRange(got.Headers.Keys
            .Where(name => !names.Contains(name, StringComparer.OrdinalIgnoreCase))
            .Select(name => $"{id}: {name} is not expected"));
    }

    private static StatusPort CreatePort(int adminPort, string probers, Action drain, Action quit)
    {
        var admin = new ProxyAdmin("127.0.0.1", adminPort, TimeProvider.System);
        return new StatusPort(
            new Readiness(admin, () => null),
            new MetricsMerger("", "127.0.0.1", "127.0.0.1", 0, new AgentMetrics(TimeProvider.System)),
            new AppProber(probers, "127.0.0.1", TimeProvider.System),
            drain,
            quit,
            Logger.None);
    }

    private static HttpRequest Request(string method, string path) =>
        new(method, path, new Dictionary<string, string>(), IPAddress.Loopback);

    private static string ToJson(YamlNode node) => node switch
    {
        YamlMappingNode map => "{" + string.Join(", ", map.Children.Select(
            e => $"\"{((YamlScalarNode)e.Key).Value}\": {ToJson(e.Value)}")) + "}",
        YamlSequenceNode list => "[" + string.Join(", ", list.Select(ToJson)) + "]",
        YamlScalarNode { Style: YamlDotNet.Core.ScalarStyle.Plain } scalar
            when int.TryParse(scalar.Value, CultureInfo.InvariantCulture, out _) => scalar.Value!,
        _ => $"\"{((YamlScalarNode)node).Value}\"",
    };
}
