using Lateen.Core.Yaml;
using Lateen.Galley;
using Lateen.TestKit;
using Xunit.Abstractions;

namespace Lateen.Conformance.Tests.Validation;

/// <summary>The suite <c>validation</c>: what Istio's webhook accepts, refuses and warns of.</summary>
public sealed class ValidationTests(ITestOutputHelper output)
{
    private readonly ConfigDecoder _decoder = new();

    [ConformanceFact("validation")]
    public void Resources_EachCase_IsJudgedAsByIstio()
    {
        var run = new ConformanceRun("validation-resources", output);
        foreach (var file in Files("resources"))
        {
            foreach (var (node, id) in Cases(file))
            {
                run.Case(id, node["resource"]!["kind"]!.Text!, () => Judge(node["resource"]!, node));
            }
        }

        run.Finish();
    }

    [ConformanceFact("validation")]
    public void Fragments_EachCase_IsJudgedAsByIstio()
    {
        var run = new ConformanceRun("validation-fragments", output);
        foreach (var file in Files("fragments"))
        {
            var type = ConformanceDocuments.LoadFile(file)[0]["type"]!.Text!;
            foreach (var (node, id) in Cases(file))
            {
                run.Case(id, type[(type.LastIndexOf('.') + 1)..],
                    () => Judge(FragmentFrame.Put(type, node["value"]!), node));
            }
        }

        run.Finish();
    }

    [ConformanceFact("validation")]
    public void Crds_EachDocument_IsJudgedAsByTheApiServer()
    {
        var run = new ConformanceRun("validation-crds", output);
        foreach (var file in Files("crds"))
        {
            var documents = ConformanceDocuments.LoadFile(file);
            for (var i = 0; i < documents.Length; i++)
            {
                var map = (YamlMapping)documents[i];
                var id = $"{Path.GetFileNameWithoutExtension(file)}/{i} {map["metadata"]?["name"]?.Text}";
                var resource = new YamlMapping([.. map.Entries.Where(e => e.Key.Value != "_err")], map.Position);
                var wanted = map["_err"] is null;
                run.Case(id, map["kind"]!.Text!, () => Judge(resource, wanted, warning: null));
            }
        }

        run.Finish();
    }

    [ConformanceFact("validation")]
    public void Accepted_EachObject_IsAccepted()
    {
        var run = new ConformanceRun("validation-accepted", output);
        foreach (var folder in new[] { "api-docs", "samples" })
        {
            foreach (var file in Files(Path.Combine("accepted", folder)))
            {
                var documents = ConformanceDocuments.LoadFile(file);
                for (var i = 0; i < documents.Length; i++)
                {
                    var group = documents[i]["apiVersion"]?.Text?.Split('/')[0] ?? "";
                    if (group.EndsWith(".istio.io", StringComparison.Ordinal) && documents[i]["kind"]?.Text is { } kind)
                    {
                        var document = documents[i];
                        run.Case($"{folder}/{Path.GetFileName(file)}#{i}", kind,
                            () => Judge(document, valid: true, warning: null));
                    }
                }
            }
        }

        run.Finish();
    }

    private static IEnumerable<string> Files(string folder) =>
        Directory.EnumerateFiles(Path.Combine(TestKit.Conformance.Suite("validation"), folder), "*.yaml",
            SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal);

    private static IEnumerable<(YamlNode Node, string Id)> Cases(string file)
    {
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var node in ((YamlSequence)ConformanceDocuments.LoadFile(file)[0]["cases"]!).Items)
        {
            var id =
                $"{Path.GetFileNameWithoutExtension(file)}/{node["name"]!.Text}".Replace(": ", " - ",
                    StringComparison.Ordinal);
            seen[id] = seen.GetValueOrDefault(id) + 1;
            yield return (node, seen[id] > 1 ? $"{id} #{seen[id]}" : id);
        }
    }

    private string? Judge(YamlNode resource, YamlNode expected) =>
        Judge(resource, expected["valid"]!.Text == "true",
            expected["warning"]?.Text is { } text ? text == "true" : null);

    private string? Judge(YamlNode resource, bool valid, bool? warning)
    {
        var decoded = Assert.Single(_decoder.Decode(resource));
        var errors = string.Join("; ", decoded.Result.Errors);
        if (decoded.Result.IsValid != valid)
        {
            return valid ? $"refused: {errors}" : "accepted";
        }

        // A refusal hides warnings here, as it does from the author.
        var hasWarning = decoded.Result.Warnings.Length > 0;
        return !valid || warning is null || warning == hasWarning
            ? null
            : hasWarning ? $"warned: {string.Join("; ", decoded.Result.Warnings)}" : "no warning";
    }
}
