using System.Globalization;
using System.Text;
using Lateen.Core.Yaml;
using Xunit.Abstractions;

namespace Lateen.Http.Tests.Http2;

/// <summary>The suite http2, played against a session in memory that answers each request with a body.</summary>
public sealed class Http2ConformanceTests(ITestOutputHelper output)
{
    /// <summary>Cases in which, as Envoy does, frames on streams that are over are dropped without a word; and
    /// priorities, which RFC 9113 has given up.</summary>
    private static readonly string[] Lenient =
    [
        "generic/3.8/1", "http2/5.1/9", "http2/5.1/11", "http2/5.1/12", "http2/5.3.1/2", "http2/6.3/1",
        "http2/6.9.1/3",
    ];

    [ConformanceFact("http2")]
    public void Suite_AllCases_PassOrAreKnown()
    {
        var root = SharedConformance.Read(Path.Combine(SharedConformance.Find("http2")!, "cases.yaml"));
        var problems = new List<string>();
        var passed = 0;
        foreach (var item in ((YamlSequence)root["cases"]!).Items)
        {
            var id = item["id"]!.Text!;
            var problem = Play(item);
            if (problem is null)
            {
                passed++;
            }

            if (problem is null == Lenient.Contains(id))
            {
                problems.Add($"{id}: {problem ?? "passes although listed"}");
            }
        }

        output.WriteLine($"{passed} of 88 pass, {Lenient.Length} as Envoy does");
        TestKit.ConformanceReport.Add(output, "http2", passed, 88);
        Assert.True(problems.Count == 0, string.Join("\n", problems));
        Assert.Equal(88, passed + Lenient.Length);
    }

    private static string? Play(YamlNode item)
    {
        var peer = new Http2Harness(true) { Answer = new byte[64] };
        var frames = new Http2Frames();
        var seen = peer.TakeFrames();
        foreach (var step in ((YamlSequence)item["steps"]!).Items)
        {
            if (step["expect"]?.Text is { } expected)
            {
                peer.Reply();
                seen.AddRange(peer.TakeFrames());
                if (!IsMet(expected, step, seen, peer.IsClosed))
                {
                    return $"no {expected}, but: {string.Join(" ", seen)} closed={peer.IsClosed}";
                }
            }
            else
            {
                new Http2CaseStep(step, frames).Write();
                peer.Feed(frames.Take());
            }
        }

        return null;
    }

    private static bool IsMet(string expected, YamlNode step, List<string> seen, bool closed)
    {
        var codes = step["codes"] is YamlSequence list
            ? list.Items.Select(code => Pascal(code.Text!)).ToArray() : [];
        var stream = step["stream"]?.Text;
        switch (expected)
        {
            case "connection-error" or "connection-closed":
                return closed || seen.Any(f => f.StartsWith("GoAway", StringComparison.Ordinal) && HasCode(f, codes));
            case "stream-error":
                return closed || seen.Any(f => (f.StartsWith("RstStream", StringComparison.Ordinal)
                    || f.StartsWith("GoAway", StringComparison.Ordinal)) && HasCode(f, codes));
            case "stream-closed":
                return closed || seen.Any(f => f.EndsWith(",end)", StringComparison.Ordinal)
                    || f.Contains("NoError", StringComparison.Ordinal));
            case "HEADERS" or "DATA":
                var word = (expected == "DATA" ? "Data(" : "Headers(") + (stream ?? "");
                return seen.Any(f => f.StartsWith(word, StringComparison.Ordinal));
            case "RST_STREAM":
                return seen.Contains($"RstStream({stream},{Pascal(step["code"]!.Text!)})");
            case "GOAWAY":
                return seen.Any(f => f.StartsWith("GoAway", StringComparison.Ordinal)) || closed;
            case "SETTINGS":
                return seen[0] == "Settings";
            case "SETTINGS-ack":
                return seen.Contains("SettingsAck");
            default:
                return seen.Any(f => f.StartsWith("PingAck", StringComparison.Ordinal)) || closed;
        }
    }

    private static bool HasCode(string frame, string[] codes) =>
        codes.Length == 0 || codes.Any(code => frame.EndsWith($",{code})", StringComparison.Ordinal));

    private static string Pascal(string code)
    {
        var text = new StringBuilder();
        foreach (var word in code.Split('_'))
        {
            text.Append(word[0]).Append(word[1..].ToLower(CultureInfo.InvariantCulture));
        }

        return text.ToString();
    }
}
