using Lateen.Core.Yaml;

namespace Lateen.Core.Tests.Yaml;

public sealed class YamlReaderTests
{
    [Theory]
    [InlineData("a: 1", YamlScalarKind.WholeNumber)]
    [InlineData("a: 0x1F", YamlScalarKind.WholeNumber)]
    [InlineData("a: 0o17", YamlScalarKind.WholeNumber)]
    [InlineData("a: -3", YamlScalarKind.WholeNumber)]
    [InlineData("a: 1.5", YamlScalarKind.RealNumber)]
    [InlineData("a: 1e3", YamlScalarKind.RealNumber)]
    [InlineData("a: true", YamlScalarKind.Boolean)]
    [InlineData("a: on", YamlScalarKind.Boolean)]
    [InlineData("a: ~", YamlScalarKind.Null)]
    [InlineData("a:", YamlScalarKind.Null)]
    [InlineData("a: \"1\"", YamlScalarKind.Text)]
    [InlineData("a: !!str 1", YamlScalarKind.Text)]
    [InlineData("a: 10.0.0.1", YamlScalarKind.Text)]
    [InlineData("a: 2026-01-01", YamlScalarKind.Text)]
    [InlineData("a: 1h30m", YamlScalarKind.Text)]
    [InlineData("a: '::'", YamlScalarKind.Text)]
    public void Scalar_OfEachForm_HasItsKind(string text, YamlScalarKind kind)
    {
        var node = Assert.IsType<YamlScalar>(Single(text)["a"]);

        Assert.Equal(kind, node.Kind);
    }

    [Fact]
    public void Read_SeveralDocuments_KeepsLinesOfTheFile()
    {
        var stream = YamlReader.Read("a: 1\n---\nb:\n  - x\n  - y: 2\n---\n# nothing\n", "f.yaml");

        Assert.Empty(stream.Errors);
        Assert.Equal(2, stream.Documents.Length);
        var at = NodePath.Locate(stream.Documents[1], "b[1].y");
        Assert.Equal("f.yaml:5:5", at.ToString());
    }

    [Fact]
    public void Read_BrokenDocument_CostsOnlyItself()
    {
        var stream = YamlReader.Read("a: 1\n---\nb: [1,\n---\nc: 3\n", "f.yaml");

        Assert.Equal(["a", "c"], stream.Documents.Select(d => ((YamlMapping)d).Entries[0].Key.Value));
        var error = Assert.Single(stream.Errors);
        Assert.Equal(YamlReader.SyntaxCode, error.Code);
        Assert.True(error.Line >= 3, error.ToString());
    }

    [Fact]
    public void Read_KeyTwice_IsAnError()
    {
        var error = Assert.Single(YamlReader.Read("a: 1\nb: 2\na: 3\n", "f").Errors);

        Assert.Equal((3, 1), (error.Line, error.Column));
        Assert.Contains("\"a\"", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_AnchorsAndMergeKeys_AreResolved()
    {
        var root = Single("base: &b {x: 1, y: 2}\nover:\n  <<: *b\n  y: 3\nsame: *b\n");

        Assert.Equal("1", root["over"]!["x"]!.Text);
        Assert.Equal("3", root["over"]!["y"]!.Text);
        Assert.Same(root["base"], root["same"]);
    }

    [Fact]
    public void Read_AliasesThatMultiply_HitTheLimit()
    {
        var lines =
            Enumerable.Range(1, 9).Select(i => $"a{i}: &a{i} [{string.Join(',', Enumerable.Repeat($"*a{i - 1}", 9))}]");
        var text = "a0: &a0 [1,1,1,1,1,1,1,1,1]\n" + string.Join('\n', lines);

        Assert.Contains("values", Assert.Single(YamlReader.Read(text).Errors).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(100, true)]
    [InlineData(101, false)]
    public void Read_Depth_IsBounded(int depth, bool good)
    {
        var text =
            string.Concat(Enumerable.Range(0, depth).Select(i => $"{new string(' ', i)}a:\n")) + new string(' ',
                depth) + "b";

        Assert.Equal(good, YamlReader.Read(text).Errors.IsEmpty);
    }

    [Fact]
    public void Read_Json_KeepsPositionsAndKinds()
    {
        var root = Single("{\n\t\"a\": [1, 2.5, \"x\\/y\", null, true],\n\t\"b\": {}\n}");

        Assert.Equal(["1", "2.5", "x/y", null, "true"], ((YamlSequence)root["a"]!).Items.Select(i => i.Text));
        Assert.Equal((3, 2), (NodePath.Locate(root, "b").Line, NodePath.Locate(root, "b").Column));
    }

    [Fact]
    public void Read_FlowYamlThatLooksLikeJson_IsYaml()
    {
        Assert.Equal("1", Single("{a: 1}")["a"]!.Text);
    }

    [Fact]
    public void Read_EveryPrefixOfADocument_NeverThrows()
    {
        const string text = "a: &x\n  - \"q\\u00e9\"\n  - {b: *x}\n---\n? k\n: |\n  text\n<<: {c: 'd'}\n";
        for (var length = 0; length <= text.Length; length++)
        {
            _ = YamlReader.Read(text[..length]);
        }
    }

    [Fact]
    public void Read_TextsWithRandomFaults_NeverThrows()
    {
        const string text =
            "a: [x, {b: \"c\"}, 'd']\n# e\n? f\n: - |\n    g\n  - &h !!str i\n  - *h\n---\n%j: >-\n  k\n";
        const string marks = "[]{}:,\"'|>&*!%#?-\n\t \\\0~@`\ud800\u00e9";
        for (var seed = 0; seed < 3000; seed++)
        {
            var random = new Random(seed);
            var letters = text.ToCharArray();
            for (var faults = random.Next(1, 6); faults > 0; faults--)
            {
                letters[random.Next(letters.Length)] = marks[random.Next(marks.Length)];
            }

            var broken = new string(letters, 0, random.Next(letters.Length + 1));
            var thrown = Record.Exception(() => YamlReader.Read(broken));
            Assert.True(thrown is null, $"seed {seed}: {thrown?.GetType().Name}: {thrown?.Message}");
        }
    }

    [Theory]
    [InlineData("spec.http[0].route[1]", 4)]
    [InlineData("spec.http[0].match[0]", 3)]
    [InlineData("spec.exportTo", 5)]
    [InlineData("metadata.labels[\"a.b/c\"]", 7)]
    [InlineData("spec.http[9]", 2)]
    public void Locate_Path_FindsItOrTheNearest(string path, int line)
    {
        var root =
            Single(
            "spec:\n  http:\n  - route: [{a: 1},\n     {b: 2}]\n  export_to: []\n"
            + "metadata:\n  labels: {a.b/c: x}\n");

        Assert.Equal(line, NodePath.Locate(root, path).Line);
    }

    private static YamlNode Single(string text)
    {
        var stream = YamlReader.Read(text);
        Assert.Empty(stream.Errors);
        return Assert.Single(stream.Documents);
    }
}
