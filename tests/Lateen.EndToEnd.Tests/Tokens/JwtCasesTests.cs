using System.Text.RegularExpressions;
using Lateen.EndToEnd.Tests.Mesh;
using Lateen.TestKit;
using Xunit.Abstractions;
using YamlDotNet.RepresentationModel;
using Data = Lateen.TestKit.Conformance;

namespace Lateen.EndToEnd.Tests.Tokens;

/// <summary>Requests with and without tokens through a mesh, by the cases of the suite <c>jwt</c>.</summary>
[Collection(MeshCollection.Name)]
public sealed partial class JwtCasesTests(ITestOutputHelper output)
{
    [MeshConformanceFact(TargetMesh.Suite)]
    public async Task Requests_UnderTheSuitesPolicies_AreAnsweredAsItSays()
    {
        var tokens = Data.Load(TargetMesh.Suite, "tokens.yaml").Find("tokens") is YamlSequenceNode list
            ? list.ToDictionary(token => token.Text("name")!, token => token.Text("token")!) : [];
        var run = new ConformanceRun("jwt-cases", output);
        await using var mesh = await TargetMesh.StartAsync();

        foreach (var group in Data.Cases(TargetMesh.Suite, "cases.yaml").GroupBy(PoliciesOf))
        {
            var cases = group.Where(item => item.Text("via") is "mesh" or "ingressgateway").ToList();
            foreach (var item in group.Except(cases))
            {
                run.Case(item.Text("id")!, "", () => $"there is no {item.Text("via")}");
            }
            if (cases.Count == 0)
            {
                continue;
            }
            mesh.Apply(cases[0].Texts("policies"), cases[0].Texts("rootNamespacePolicies"));
            var differences = new Dictionary<string, string?>();
            await Settle(async () =>
            {
                foreach (var item in cases)
                {
                    differences[item.Text("id")!] = await DifferenceAsync(mesh, item, tokens);
                }
                return differences.Values.All(difference => difference is null);
            });
            foreach (var (id, difference) in differences)
            {
                run.Case(id, "", () => difference);
            }
        }

        run.Finish();
    }

    // Policies take a moment to arrive; what still differs then is the result.
    private static async Task Settle(Func<Task<bool>> agrees)
    {
        try
        {
            await Eventually.IsAsync("the answers", agrees, 20);
        }
        catch (TimeoutException)
        {
            return;
        }
        await agrees();
    }

    private static string PoliciesOf(YamlMappingNode item) => string.Join(',', item.Texts("policies"));

    private static async Task<string?> DifferenceAsync(
        TargetMesh mesh, YamlMappingNode item, Dictionary<string, string> tokens)
    {
        var request = item.Find("request")!;
        var (status, seen) = await mesh.SendAsync(
            item.Text("via") == "ingressgateway", request.Text("method")!, Fill(request.Text("path")!, tokens),
            Fields(request.Find("headers")).ToDictionary(field => field.Name, field => Fill(field.Value!, tokens)));
        var expect = item.Find("expect")!;
        if (expect.Text("status") != $"{status}")
        {
            return $"status {status}, not {expect.Text("status")}";
        }
        foreach (var (name, value) in Fields(expect.Find("upstreamHeaders")))
        {
            var given = (string?)seen?[name.ToLowerInvariant()];
            if (given != (value is null ? null : Fill(value, tokens)))
            {
                return $"{name} is '{given}', not '{value}'";
            }
        }
        return null;
    }

    private static IEnumerable<(string Name, string? Value)> Fields(YamlNode? map) =>
        map is not YamlMappingNode fields ? [] : fields.Children.Select(field => (
            ((YamlScalarNode)field.Key).Value!,
            field.Value is YamlScalarNode { Value: not ("null" or "") } scalar ? scalar.Value : null));

    private static string Fill(string text, Dictionary<string, string> tokens) => Placeholder().Replace(text, match =>
    {
        var token = tokens[match.Groups["name"].Value];
        return match.Groups["part"].Success ? token.Split('.')[1] : token;
    });

    [GeneratedRegex(@"\{\{(?<part>payload:)?(?<name>\w+)\}\}")]
    private static partial Regex Placeholder();
}
