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
    public void Apply_Append_JoinsOnlyToWhatIsThere()
    {
        var headers = Headers(("x-in", "1"));

        AuthzHeaders.Apply(headers, Option("x-in", "two", append: true));
        AuthzHeaders.Apply(headers, Option("x-new", "n", append: true));

        Assert.Equal("x-in: 1,two", Text(headers));
    }

    [Fact]
    public void Apply_AddIfAbsent_LeavesWhatIsThere()
    {
        var headers = Headers(("x-in", "1"));

        AuthzHeaders.Apply(headers, Option("x-in", "2", action: AppendAction.AddIfAbsent));
        AuthzHeaders.Apply(headers, Option("x-abs", "a", action: AppendAction.AddIfAbsent));

        Assert.Equal("x-in: 1 | x-abs: a", Text(headers));
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
