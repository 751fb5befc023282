using System.Text;
using Envoy.Config.Core.V3;
using Lateen.Proxy.ExtAuthz;
using Lateen.Proxy.Routing;
using AppendAction = Envoy.Config.Core.V3.HeaderValueOption.Types.HeaderAppendAction;
using HeaderMap = Lateen.Http.HeaderMap;

namespace Lateen.Proxy.Tests.ExtAuthz;

public sealed class AuthzHeadersTests
{
    [Fact]
    public void ApplyToRequest_Append_JoinsOnlyToWhatIsThere()
    {
        var headers = Headers(("x-in", "1"));

        AuthzHeaders.ApplyToRequest(headers, Option("x-in", "two", append: true));
        AuthzHeaders.ApplyToRequest(headers, Option("x-new", "n", append: true));

        Assert.Equal("x-in: 1,two", Text(headers));
    }

    [Fact]
    public void ApplyToResponse_AddIfAbsent_LeavesWhatIsThere()
    {
        var headers = Headers(("x-in", "1"));

        AuthzHeaders.ApplyToResponse(headers, Option("x-in", "2", action: AppendAction.AddIfAbsent));
        AuthzHeaders.ApplyToResponse(headers, Option("x-abs", "a", action: AppendAction.AddIfAbsent));

        Assert.Equal("x-in: 1 | x-abs: a", Text(headers));
    }

    /// <summary>A service may leave a field of a message out.</summary>
    [Fact]
    public void DropNameless_OptionsWithoutHeaderOrName_AreDropped()
    {
        List<HeaderValueOption> options =
            [new HeaderValueOption(), Option("x-in", "1"), new HeaderValueOption { Header = new HeaderValue() }];

        Assert.False(AuthzHeaders.IsValid(options[0]));
        Assert.False(AuthzHeaders.IsValid(options[2]));
        AuthzHeaders.DropNameless(options);
        AuthzHeaders.DropNameless(null);

        Assert.Equal("x-in", Assert.Single(options).Header.Key);
    }

    [Fact]
    public void ApplyToRequest_AnyAction_Sets()
    {
        var headers = Headers(("x-in", "1"));

        AuthzHeaders.ApplyToRequest(headers, Option("x-in", "2", action: AppendAction.AddIfAbsent));

        Assert.Equal("x-in: 2", Text(headers));
    }

    [Theory]
    [InlineData(true, "x-in: 1 | x-in: 2")]
    [InlineData(false, "x-in: 2")]
    [InlineData(null, "x-in: 1 | x-in: 2")]
    public void ApplyToResponse_Append_DecidesBeforeTheAction(bool? append, string expected)
    {
        var headers = Headers(("x-in", "1"));

        AuthzHeaders.ApplyToResponse(headers, Option("x-in", "2", append));

        Assert.Equal(expected, Text(headers));
    }

    [Fact]
    public void ApplyToRefusal_Append_NeedsTheHeader()
    {
        var headers = new HeaderMap();

        AuthzHeaders.ApplyToRefusal(headers, Option("set-cookie", "a", append: true));
        AuthzHeaders.ApplyToRefusal(headers, Option("x-d", "1"));

        Assert.Equal("x-d: 1", Text(headers));
    }

    [Theory]
    [InlineData("x-ok", "v", true)]
    [InlineData("x bad", "v", false)]
    [InlineData("x-ok", "a\nb", false)]
    public void IsValid_NameAndValue_AsTheyCanBeSent(string name, string value, bool expected) =>
        Assert.Equal(expected, AuthzHeaders.IsValid(Option(name, value)));

    [Fact]
    public void RemoveListed_Names_AreTakenAway()
    {
        var request = Headers(("x-a", "1"), ("x-b", "2"), ("x-c", "3"));

        Assert.True(AuthzHeaders.RemoveListed(Headers(("x-envoy-auth-headers-to-remove", "x-a, x-c")), request));
        Assert.Equal("x-b: 2", Text(request));
    }

    [Fact]
    public void CopyRefusal_WithRules_KeepsThemAndTheChallenge()
    {
        var answer = Headers(("x-keep", "1"), ("x-drop", "2"), ("www-authenticate", "Basic"), ("content-length", "3"));
        var reply = new HeaderMap();

        AuthzHeaders.CopyRefusal(answer, reply, [StringMatcher.Exact("x-keep")]);

        Assert.Equal("x-keep: 1 | www-authenticate: Basic", Text(reply));
    }

    [Fact]
    public void CopyRefusal_WithoutRules_KeepsAllButFraming()
    {
        var answer = Headers(("x-a", "1"), ("transfer-encoding", "chunked"));
        var reply = new HeaderMap();

        AuthzHeaders.CopyRefusal(answer, reply, null);

        Assert.Equal("x-a: 1", Text(reply));
    }

    private static HeaderValueOption Option(
        string key, string value, bool? append = null, AppendAction action = AppendAction.AppendIfExistsOrAdd) =>
        new() { Header = new HeaderValue { Key = key, Value = value }, Append = append, AppendAction = action };

    private static HeaderMap Headers(params (string Name, string Value)[] entries)
    {
        var headers = new HeaderMap();
        foreach (var (name, value) in entries)
        {
            headers.Add(Lateen.Http.HeaderName.Create(name), Encoding.ASCII.GetBytes(value));
        }
        return headers;
    }

    private static string Text(HeaderMap headers) => string.Join(" | ", Enumerable.Range(0, headers.Count).Select(i =>
        $"{Encoding.ASCII.GetString(headers.GetName(i))}: {Encoding.ASCII.GetString(headers.GetValue(i))}"));
}
