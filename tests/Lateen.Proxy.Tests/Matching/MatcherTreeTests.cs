using Lateen.Http;
using Lateen.Proxy.Config.Decode;
using Lateen.Proxy.Matching;
using Lateen.Proxy.Streams;
using MatcherProto = Xds.Type.Matcher.V3.Matcher;

namespace Lateen.Proxy.Tests.Matching;

public sealed class MatcherTreeTests
{
    private const string Input = "{name: i, typed_config: {\"@type\": "
        + "type.googleapis.com/envoy.type.matcher.v3.HttpRequestHeaderMatchInput, header_name: x-m}}";

    [Theory]
    [InlineData("in", "one")]
    [InlineData("other", "rest")]
    [InlineData(null, "rest")]
    public void Match_ExactMap_FallsBackToOnNoMatch(string? value, string expected)
    {
        var tree = Decode(
            $"{{matcher_tree: {{input: {Input}, exact_match_map: {{map: {{in: {Action("one")}}}}}}}, "
            + $"on_no_match: {Action("rest")}}}");

        Assert.Equal(expected, Match(tree, value));
    }

    [Fact]
    public void Match_PrefixMap_TriesShorterPrefixesWhenTheNestedOneFindsNothing()
    {
        var nested = $"{{matcher: {{matcher_tree: {{input: {Input}, exact_match_map: "
            + $"{{map: {{abc: {Action("exact")}}}}}}}}}}}";
        var tree = Decode(
            $"{{matcher_tree: {{input: {Input}, prefix_match_map: {{map: {{a: {Action("short")}, ab: {nested}}}}}}}}}");

        Assert.Equal("exact", Match(tree, "abc"));
        Assert.Equal("short", Match(tree, "abd"));
        Assert.Null(Match(tree, "b"));
    }

    [Fact]
    public void Match_ListWithNot_TakesTheFirst()
    {
        var is1 = $"{{single_predicate: {{input: {Input}, value_match: {{exact: '1'}}}}}}";
        var tree = Decode(
            $"{{matcher_list: {{matchers: [{{predicate: {is1}, on_match: {Action("one")}}}, "
            + $"{{predicate: {{not_matcher: {is1}}}, on_match: {Action("not-one")}}}]}}}}");

        Assert.Equal("one", Match(tree, "1"));
        Assert.Equal("not-one", Match(tree, "2"));
    }

    private static string Action(string name) => $"{{action: {{name: {name}}}}}";

    private static MatcherTree<string> Decode(string yaml)
    {
        var context = new DecodeContext { Resources = TestResources.Create() };
        var tree = new MatcherTreeDecoder<string>((action, _) => action.Name, context)
            .Decode(TestResources.Read<MatcherProto>(yaml), "");
        Assert.Empty(context.Errors);
        return tree!;
    }

    private static string? Match(MatcherTree<string> tree, string? value)
    {
        var request = new HeaderMap();
        if (value is not null)
        {
            request.Add("x-m"u8, System.Text.Encoding.ASCII.GetBytes(value));
        }
        return tree.Match(new MatchData(new StreamInfo(), request, null));
    }
}
