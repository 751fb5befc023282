using System.Text;
using Lateen.Core.Yaml;
using Lateen.Http.Http1;
using Xunit.Abstractions;

namespace Lateen.Http.Tests.Http1;

/// <summary>
/// The suite http1: what must fail fails, what must pass passes or is refused for a reason that the suite allows. Each
/// case runs whole and byte by byte.
/// </summary>
public sealed class Http1ConformanceTests(ITestOutputHelper output)
{
    /// <summary>Cases that are refused although llhttp takes them, with the reason; the suite's README allows these
    /// kinds.</summary>
    private static readonly (string Part, string Reason)[] Stricter =
    [
        ("/method/", "methods and protocols that are not HTTP's"),
        ("icecast", "not HTTP"),
        ("ice-response", "not HTTP"),
        ("rtsp", "not HTTP"),
        ("utf-8-path", "bytes over 0x7E in a path"),
        ("http-0-9", "HTTP/0.9"),
        ("http-100-first-then-400", "an empty line before a response; a response begins with H"),
        ("101-response-with-upgrade-and", "a 101 with a body, as Envoy refuses it"),
        ("post-with-chunked-as-last-transfer-encoding", "codings other than chunked, as Envoy refuses them"),
        ("chunked-before-other-transfer-encoding", "codings other than chunked, as Envoy refuses them"),
        ("where-chunked-is-not-the-last-one", "codings other than chunked, as Envoy refuses them"),
    ];

    [ConformanceFact("http1")]
    public void Suite_AllCases_AgreeOrAreStricter()
    {
        var root = SharedConformance.Read(Path.Combine(SharedConformance.Find("http1")!, "cases.yaml"));
        var cases = ((YamlSequence)root["cases"]!).Items;
        var problems = new List<string>();
        var (agree, stricter) = (0, 0);
        foreach (var item in cases)
        {
            var verdict = Run(item, out var refused);
            if (verdict is not null)
            {
                problems.Add(verdict);
            }
            else if (refused)
            {
                stricter++;
            }
            else
            {
                agree++;
            }
        }

        output.WriteLine($"{agree} agree, {stricter} stricter, {problems.Count} differ");
        TestKit.ConformanceReport.Add(output, "http1", agree + stricter, cases.Count);
        Assert.True(problems.Count == 0, string.Join("\n", problems));
    }

    private static string? Run(YamlNode item, out bool refused)
    {
        refused = false;
        var id = item["id"]!.Text!;
        var isRequest = item["type"]!.Text == "request";
        var bytes = item["inputHex"] is { } hex
            ? Convert.FromHexString(hex.Text!.Replace(" ", "", StringComparison.Ordinal))
            : Encoding.UTF8.GetBytes(item["input"]!.Text!);
        var whole = new ParsedStream(isRequest);
        whole.Feed(bytes);
        var slow = new ParsedStream(isRequest);
        foreach (var b in bytes)
        {
            slow.Feed([b]);
        }

        if (whole.Text != slow.Text || whole.Error != slow.Error)
        {
            return $"{id}: split differs: {whole.Error} {whole.Text} / {slow.Error} {slow.Text}";
        }

        var expect = item["expect"]!;
        if (expect["error"] is { } error)
        {
            // Many inputs end inside a line: what stands there must fail once the line does.
            var closed = error["code"]!.Text == "CLOSED_CONNECTION";
            whole.Feed("\r\n\r\n"u8);
            return whole.Error != Http1Error.None || closed
                ? null
                : $"{id}: accepted, but: {error["reason"]?.Text} [{Visible(bytes)}]";
        }

        if (whole.Error != Http1Error.None)
        {
            refused = true;
            return IsStricter(id) ? null : $"{id}: refused as {whole.Error} [{Visible(bytes)}]";
        }

        return Compare(id, expect, whole);
    }

    private static string? Compare(string id, YamlNode expect, ParsedStream parsed)
    {
        var messages = expect["messages"] is YamlSequence list ? list.Items : [];
        for (var i = 0; i < messages.Count; i++)
        {
            var message = messages[i];
            if (message["complete"]?.Text != "true" && i >= parsed.Heads.Count)
            {
                continue;
            }

            if (i >= parsed.Heads.Count)
            {
                return message["headers"] is YamlSequence { Items.Count: > 0 } && expect["messages"] is not null
                    && message["body"]?.Text is { Length: > 0 }
                    ? $"{id}: message {i} is missing"
                    : null;
            }

            var problem = CompareMessage(message, parsed.Heads[i], parsed.Bodies[i]);
            if (problem is not null)
            {
                return $"{id}: message {i}: {problem}";
            }
        }

        return null;
    }

    private static string? CompareMessage(YamlNode message, HeaderMap head, string body)
    {
        if (message["method"]?.Text is { } method && method != Encoding.Latin1.GetString(head.Get(HeaderId.Method)))
        {
            return "method";
        }

        if (message["statusCode"]?.Text is { } status && status != Encoding.Latin1.GetString(head.Get(HeaderId.Status)))
        {
            return "status";
        }

        if (message["body"]?.Text is { } expected && expected != body)
        {
            return $"body '{body}' instead of '{expected}'";
        }

        foreach (var pair in message["headers"] is YamlSequence headers ? headers.Items : [])
        {
            var (name, value) = (((YamlSequence)pair).Items[0].Text!, ((YamlSequence)pair).Items[1].Text ?? "");
            var at = head.IndexOf(HeaderName.Create(name));
            var actual = at < 0 ? "" : Encoding.Latin1.GetString(head.GetValue(at));
            if (at < 0 || !actual.Contains(value.Trim(), StringComparison.Ordinal))
            {
                return $"header {name} is '{actual}' instead of '{value}'";
            }
        }

        return null;
    }

    private static bool IsStricter(string id) => Stricter.Any(s => id.Contains(s.Part, StringComparison.Ordinal));

    private static string Visible(byte[] bytes) => Encoding.Latin1.GetString(bytes)
        .Replace("\r", "\\r", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
