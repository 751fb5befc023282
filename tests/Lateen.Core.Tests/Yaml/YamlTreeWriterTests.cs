using Lateen.Core.Yaml;

namespace Lateen.Core.Tests.Yaml;

public sealed class YamlTreeWriterTests
{
    [Theory]
    [InlineData("plain")]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("true")]
    [InlineData("null")]
    [InlineData("~")]
    [InlineData("yes")]
    [InlineData("- x")]
    [InlineData("-x")]
    [InlineData("a: b")]
    [InlineData("a:")]
    [InlineData("a #b")]
    [InlineData("#a")]
    [InlineData("*")]
    [InlineData("*.example.com")]
    [InlineData(" lead")]
    [InlineData("trail ")]
    [InlineData("two\nlines")]
    [InlineData("two\nlines\n")]
    [InlineData("two\n\nlines\n\n\n")]
    [InlineData(" lead\nline")]
    [InlineData("\n")]
    [InlineData("tab\tbed\nline")]
    [InlineData("quote\"d and 'd")]
    [InlineData("back\\slash")]
    [InlineData("é ünï ☃ \ud83d\ude00")]
    [InlineData("\u0001")]
    [InlineData("2026-01-01T00:00:00Z")]
    [InlineData("0x10")]
    [InlineData("1_000")]
    [InlineData("---")]
    [InlineData("{a}")]
    [InlineData("@x")]
    [InlineData("<<")]
    public void Write_String_IsReadBackAsIs(string value)
    {
        var root = new YamlMapping(
            ("k", new YamlScalar(value)),
            ("l", new YamlSequence([new YamlScalar(value), new YamlMapping((value, new YamlScalar(value)))])));

        foreach (var text in new[] { YamlTreeWriter.Write(root), JsonTreeWriter.Write(root) })
        {
            var stream = YamlReader.Read(text);
            Assert.True(stream.Errors.IsEmpty, text);
            Assert.True(YamlNode.DeepEquals(root, Assert.Single(stream.Documents)), text);
        }
    }

    [Fact]
    public void Write_Tree_HasTheFormOfKubectl()
    {
        var node = YamlReader.Read("{a: {b: [1, {c: d, e: []}, [x]]}, f: {}, g: null}").Documents[0];

        Assert.Equal("a:\n  b:\n  - 1\n  - c: d\n    e: []\n  - - x\nf: {}\ng: null\n", YamlTreeWriter.Write(node));
    }

    [Fact]
    public void WriteJson_Tree_KeepsOrderAndNumbers()
    {
        var node = YamlReader.Read("{b: 0x10, a: 1.50, c: 12345678901234567890, d: on}").Documents[0];

        Assert.Equal("{\"b\":16,\"a\":1.5,\"c\":12345678901234567890,\"d\":true}", JsonTreeWriter.Write(node));
    }
}
