using System.Diagnostics;
using System.Globalization;
using System.Net;
using Istio.Networking.Nds.V1;
using Lateen.Agent.Dns;
using Lateen.Core.Logging;
using Lateen.TestKit;
using YamlDotNet.RepresentationModel;
using Data = Lateen.TestKit.Conformance;

namespace Lateen.Agent.Tests.Conformance;

/// <summary>The cases of the suite <c>dns</c> that concern the proxy; those of kind name-table are the control
/// plane's.</summary>
public sealed class DnsTests
{
    private const string Suite = "dns";

    [ConformanceFact(Suite)]
    public async Task Resolve_OverUdpAndTcp_AnswersAsExpected()
    {
        var document = Data.Load(Suite, "cases.yaml");
        var failures = new List<string>();
        var count = 0;
        using var upstream = new FakeDnsServer(AnswerUpstream);
        foreach (var parallel in new[] { false, true })
        {
            await using var proxy = Start(document.Find("server")!, upstream, TimeSpan.FromSeconds(5), parallel);
            foreach (var spec in Data.Cases(Suite, "cases.yaml").Where(c => c.Text("kind") == "resolve"))
            {
                count++;
                foreach (var tcp in Transports(spec.Find("query")!))
                {
                    if (await RunAsync(proxy, spec, tcp) is { } failure)
                    {
                        failures.Add($"{spec.Text("id")} tcp={tcp} parallel={parallel}: {failure}");
                    }
                }
            }
        }

        Assert.Equal(42, count);
        Assert.True(failures.Count == 0, string.Join('\n', failures));
    }

    [ConformanceFact(Suite)]
    public void AlternateHosts_OfTheTable_AreExactlyThose()
    {
        var server = Data.Load(Suite, "cases.yaml").Find("server")!;
        var table = ReadTable(server, "nameTable");
        var names = table.Table.SelectMany(entry => NameLookup.AlternateNames(
            entry.Key, entry.Value, server.Text("proxyNamespace")!, server.Text("proxyDomain")!).Append(entry.Key))
            .ToHashSet();
        var count = 0;

        foreach (var spec in Data.Cases(Suite, "cases.yaml").Where(c => c.Text("kind") == "alternate-hosts"))
        {
            count++;
            var start = spec.Text("startsWith")!;
            Assert.Equal(
                spec.Find("expect")!.Texts("names").Order(StringComparer.Ordinal),
                names.Where(name => name.StartsWith(start, StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        }

        Assert.Equal(4, count);
    }

    [ConformanceFact(Suite)]
    public async Task Upstream_ThatNeverAnswers_EndsInServerFailure()
    {
        var document = Data.Load(Suite, "cases.yaml");
        var spec = Data.Cases(Suite, "cases.yaml").Single(c => c.Text("kind") == "upstream-timeout");
        using var upstream = new FakeDnsServer((_, _, _) => null);
        var timeout = int.Parse(spec.Text("upstreamTimeoutMs")!, CultureInfo.InvariantCulture);
        await using var proxy = Start(document.Find("server")!, upstream, TimeSpan.FromMilliseconds(timeout), false);
        var watch = Stopwatch.StartNew();

        var failure = await RunAsync(proxy, spec, tcp: false);

        Assert.Null(failure);
        Assert.True(watch.ElapsedMilliseconds >= 90, $"answered after {watch.ElapsedMilliseconds} ms");
    }

    [ConformanceFact("recorded-agent")]
    public async Task Recorded_QueriesOfTheRealAgent_AnswerAlike()
    {
        var document = Data.Load("recorded-agent", "dns.yaml");
        var failures = new List<string>();
        using var upstream = new FakeDnsServer(AnswerRecordedUpstream);
        await using var proxy = new DnsProxy(
            new DnsProxyOptions
            {
                Listen = [new IPEndPoint(IPAddress.Loopback, 0)],
                Upstream = [upstream.EndPoint],
                SearchDomains = ["shop.svc.cluster.local"],
                Namespace = "shop",
                Domain = "shop.svc.cluster.local",
            },
            new Random(3),
            TimeProvider.System,
            Logger.None);
        proxy.ApplyTable(ReadTable(document.Find("name_table")!, "table"));
        proxy.Start();
        var count = 0;

        foreach (var spec in Data.Cases("recorded-agent", "dns.yaml"))
        {
            count++;
            upstream.TakeAsked();
            var input = spec.Find("input")!;
            var query = DnsReply.Query(input.Text("name")!, DnsReply.TypeOf(input.Text("type")!));
            var reply = await DnsReply.AskAsync(proxy.EndPoints[0], query, input.Text("transport") == "tcp");
            var want = spec.Find("outcome")!;
            var difference = Same("rcode", want.Text("rcode"), reply.CodeName)
                ?? Same("authoritative", want.Flag("authoritative"), reply.Authoritative)
                ?? Same("recursion", want.Flag("recursion_available"), reply.RecursionAvailable)
                ?? Same("truncated", want.Flag("truncated"), reply.Truncated)
                ?? Same("upstream", want.Texts("upstream_asked").Count, upstream.TakeAsked().Count)
                ?? (want.Text("answers") is { } number
                    ? Same("answers", number, reply.Records.Count.ToString(CultureInfo.InvariantCulture))
                    : Same(
                        "records",
                        string.Join(" | ", want.Texts("answer").Order(StringComparer.Ordinal)),
                        string.Join(" | ", reply.Records.Order(StringComparer.Ordinal))));
            if (difference is not null)
            {
                failures.Add($"{spec.Text("id")}: {difference}");
            }
        }

        Assert.Equal(31, count);
        Assert.True(failures.Count == 0, string.Join('\n', failures));
    }

    private static DnsProxy Start(YamlNode server, FakeDnsServer upstream, TimeSpan timeout, bool parallel)
    {
        var proxy = new DnsProxy(
            new DnsProxyOptions
            {
                Listen = [new IPEndPoint(IPAddress.Loopback, 0)],
                Upstream = parallel ? [upstream.EndPoint, upstream.EndPoint] : [upstream.EndPoint],
                SearchDomains = server.Texts("searchDomains"),
                Namespace = server.Text("proxyNamespace")!,
                Domain = server.Text("proxyDomain")!,
                ForwardTimeout = timeout,
                ForwardInParallel = parallel,
            },
            new Random(3),
            TimeProvider.System,
            Logger.None);
        proxy.ApplyTable(ReadTable(server, "nameTable"));
        proxy.Start();
        return proxy;
    }

    private static async Task<string?> RunAsync(DnsProxy proxy, YamlNode spec, bool tcp)
    {
        var query = spec.Find("query")!;
        var edns = int.Parse(query.Text("edns0UdpSize") ?? "0", CultureInfo.InvariantCulture);
        var bytes = DnsReply.Query(query.Text("name")!, DnsReply.TypeOf(query.Text("type")!), edns);
        var reply = await DnsReply.AskAsync(proxy.EndPoints[0], bytes, tcp);
        var want = spec.Find("expect")!;
        if (want.Text("rcode") is { } code && code != reply.CodeName)
        {
            return $"code {reply.CodeName}, expected {code}";
        }
        if (want.Text("answer") == "giant")
        {
            var count = want.Text("answerCount") ?? "64";
            return Same("answers", count, reply.Records.Count.ToString(CultureInfo.InvariantCulture));
        }
        if (want.Find("answer") is not YamlSequenceNode answer)
        {
            return null;
        }
        var records = answer.Select(r =>
        {
            var data = r.Text("type") == "CNAME" ? r.Text("data") : IPAddress.Parse(r.Text("data")!).ToString();
            return $"{r.Text("name")} 30 IN {r.Text("type")} {data}";
        });
        var got = reply.Records.Select(r => r.Replace(" 31 IN ", " 30 IN ", StringComparison.Ordinal));
        return Same("records", string.Join(" | ", records), string.Join(" | ", got));
    }

    private static IEnumerable<bool> Transports(YamlNode query) => query.Text("transport") switch
    {
        "udp" => [false],
        "tcp" => [true],
        _ => [false, true],
    };

    private static byte[]? AnswerUpstream(byte[] message, DnsQuery query, bool tcp)
    {
        if (query.Name == "www.bing.com.")
        {
            return FakeDnsServer.Answer(message, 0, FakeDnsServer.Record(null, 1, 31, [1, 1, 1, 1]));
        }
        if (query.Name is not ("giant." or "giant-tc."))
        {
            return FakeDnsServer.Answer(message, 3);
        }
        var records = Enumerable.Range(0, 64)
            .Select(i => FakeDnsServer.Record("aaaaaaaaaaaa.aaaaaa.", 1, 30, [240, 0, 0, (byte)i]))
            .ToList();
        var truncated = false;
        while (query.Name == "giant-tc." && !tcp && FakeDnsServer.Answer(message, 0, [.. records])
            .Length > query.UdpSize)
        {
            records.RemoveAt(records.Count - 1);
            truncated = true;
        }
        var answer = FakeDnsServer.Answer(message, 0, [.. records]);
        answer[2] |= (byte)(truncated ? 2 : 0);
        return answer;
    }

    private static byte[]? AnswerRecordedUpstream(byte[] message, DnsQuery query, bool tcp) => query.Name switch
    {
        "up.example." when query.Type == 1 =>
            FakeDnsServer.Answer(message, 0, FakeDnsServer.Record(null, 1, 77, [192, 0, 2, 1])),
        "up.example." => FakeDnsServer.Answer(message, 0, FakeDnsServer.Record(null, 16, 78, [1, (byte)'x'])),
        "refused.example." => FakeDnsServer.Answer(message, 5),
        "broken.example." => FakeDnsServer.Answer(message, 2),
        _ => FakeDnsServer.Answer(message, 3),
    };

    private static NameTable ReadTable(YamlNode node, string key)
    {
        var table = new NameTable();
        foreach (var (host, info) in node.Entries(key))
        {
            var entry = new NameTable.Types.NameInfo
            {
                Registry = info.Text("registry") ?? "",
                Namespace = info.Text("namespace") ?? "",
                Shortname = info.Text("shortname") ?? "",
            };
            entry.Ips.AddRange(info.Texts("ips"));
#pragma warning disable CS0612 // The suite holds tables of older control planes too.
            entry.AltHosts.AddRange(info.Texts("altHosts"));
#pragma warning restore CS0612
            table.Table[host] = entry;
        }
        return table;
    }

    private static string? Same<T>(string what, T want, T got) =>
        EqualityComparer<T>.Default.Equals(want, got) ? null : $"{what} {got}, expected {want}";
}
