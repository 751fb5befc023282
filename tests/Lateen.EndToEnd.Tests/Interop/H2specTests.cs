using System.Globalization;
using System.Xml;
using System.Xml.Linq;
using Lateen.TestKit;
using Xunit.Abstractions;

namespace Lateen.EndToEnd.Tests.Interop;

/// <summary>h2spec against our proxy, in the clear and over TLS, beside Envoy's verdicts: what Envoy passes, we
/// pass.</summary>
[Collection(MeshCollection.Name)]
public sealed class H2specTests(ITestOutputHelper output)
{
    [InteropTheory("h2spec", "node")]
    [InlineData("lateen")]
    public async Task H2spec_EveryTest_PassesWhereEnvoyPasses(string proxy)
    {
        if (Conformance.FindSuite("recorded-envoy") is not { } suite)
        {
            output.WriteLine("recorded-envoy is absent: there is nothing to compare with");
            return;
        }

        var rows = File.ReadLines(Path.Combine(suite, "h2spec.tsv")).Skip(1).Select(line => line.Split('\t')).ToArray();
        // Most of the time is spent waiting for answers that must not come.
        var missed = await Task.WhenAll(CompareAsync(proxy, "clear", rows, 4), CompareAsync(proxy, "tls", rows, 5));

        Assert.Empty(missed.SelectMany(each => each));
    }

    private async Task<List<string>> CompareAsync(string proxy, string way, string[][] rows, int column)
    {
        using var chain = await ProxyChain.StartAsync(proxy, way == "tls" ? HopTls.Server : HopTls.None);
        var report = Path.Combine(chain.Folder, "report.xml");
        string[] tls = way == "tls" ? ["-t", "-k"] : [];
        await Peer.RunAsync(Peer.Find("h2spec")!,
            ["-h", "127.0.0.1", "-p", chain.Port.ToString(CultureInfo.InvariantCulture), "-S", "-o", "2", "-j", report,
                .. tls], limit: TimeSpan.FromMinutes(4));
        var verdicts = Read(report);
        Assert.Equal(rows.Length, verdicts.Count);
        var missed = rows.Where(row => row[column] == "pass").Select(row => $"{row[0]}/{row[1]}#{row[2]}")
            .Where(test => !verdicts.GetValueOrDefault(test)).Select(test => $"{way} {test}").ToList();
        var passed = verdicts.Count(pair => pair.Value);
        ConformanceReport.Add(output, $"h2spec {way}", passed, rows.Length);
        return missed;
    }

    /// <summary>Verdicts by group, section and number, which is the place among the section's test cases.</summary>
    private static Dictionary<string, bool> Read(string report)
    {
        var verdicts = new Dictionary<string, bool>(StringComparer.Ordinal);
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        // It writes what it received as it came.
        var text = string.Concat(File.ReadAllText(report).Select(c => XmlConvert.IsXmlChar(c) ? c : '?'));
        foreach (var test in XDocument.Parse(text).Descendants("testcase"))
        {
            var section = (string)test.Attribute("package")!;
            var number = numbers[section] = numbers.GetValueOrDefault(section) + 1;
            verdicts.Add($"{section}#{number}", test.Element("failure") is null && test.Element("error") is null);
        }

        return verdicts;
    }
}
