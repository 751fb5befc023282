using System.Text;
using Lateen.Proxy.Transcoding;

namespace Lateen.Proxy.Tests.Transcoding;

/// <summary>Items of a JSON list that comes in pieces.</summary>
public sealed class JsonItemsTests
{
    [Theory]
    [InlineData("""[{"a":"]},\""},[1,[2]] , 3,"x,y",true]""", """{"a":"]},\""}|[1,[2]]|3|"x,y"|true""")]
    [InlineData("""[{"a":-1.5e+3,"b":null},{"c":"\u00e4"}]""", """{"a":-1.5e+3,"b":null}|{"c":"\u00e4"}""")]
    [InlineData(" [ ] ", "")]
    [InlineData("[{},]", "{}")]
    public void Take_CutAnywhere_GivesTheSameItems(string text, string expected)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        for (var cut = 0; cut <= bytes.Length; cut++)
        {
            var items = new JsonItems();
            var found = new List<string>();
            items.Write(bytes.AsSpan(0, cut));
            TakeAll(items, found);
            items.Write(bytes.AsSpan(cut));
            TakeAll(items, found);
            items.Finish();

            Assert.Null(items.Error);
            Assert.True(items.HasEnded);
            Assert.Equal(expected, string.Join('|', found));
        }
    }

    [Theory]
    [InlineData("""[{"a":1},{"b"x""", """Expected : between key:value pair.""")]
    [InlineData("[1 2]", "Expected , or ] after array value.")]
    [InlineData("[1,,2]", "Expected a value.")]
    [InlineData("[1] x", "Parsing terminated before end of input.")]
    [InlineData("{}", "Expected an array instead of an object")]
    public void Take_BadList_SaysSoBeforeItsEnd(string text, string error)
    {
        var items = new JsonItems();
        items.Write(Encoding.UTF8.GetBytes(text));
        TakeAll(items, []);

        Assert.StartsWith(error, items.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[1")]
    [InlineData("[1,")]
    [InlineData("""[{"a":""")]
    [InlineData("")]
    public void Finish_ListWithoutEnd_IsAnError(string text)
    {
        var items = new JsonItems();
        items.Write(Encoding.UTF8.GetBytes(text));
        TakeAll(items, []);
        Assert.Null(items.Error);

        items.Finish();

        Assert.StartsWith("Unexpected end of string.", items.Error, StringComparison.Ordinal);
    }

    private static void TakeAll(JsonItems items, List<string> found)
    {
        while (items.Take() is { } item)
        {
            found.Add(item);
        }
    }
}
