using Lateen.Core.Yaml;

namespace Lateen.Simulation.Tests.Fuzz;

/// <summary>YAML and JSON, changed: errors come as values, and what was read can be written and reads the
/// same.</summary>
internal sealed class YamlTarget : IFuzzTarget
{
    public string Name => "yaml";

    public long CasesByDefault => 4_000;

    public void Run(FuzzInput input)
    {
        var text = input.Mutate(input.Chance(0.3)
            ? input.Text("abc: -[]{}#'\"\n\t &*!|>%@,0123.~", 80)
            : input.Pick<string>(BootstrapTarget.Samples));
        var stream = YamlReader.Read(text);
        if (!stream.Errors.IsEmpty)
        {
            return;
        }

        foreach (var document in stream.Documents)
        {
            var json = JsonTreeWriter.Write(document);
            var again = YamlReader.Read(json);
            Assert.True(again.Errors.IsEmpty, $"{json}: {string.Join("; ", again.Errors)}");
        }
    }
}
