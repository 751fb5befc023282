using System.Globalization;
using System.Text;
using Lateen.Http;
using Lateen.Http.Http1;
using Lateen.Proxy.Addresses;
using Lateen.Proxy.Filters;
using Lateen.Proxy.Http;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Runtime;
using Xunit.Abstractions;
using YamlDotNet.RepresentationModel;

namespace Lateen.Proxy.Tests.Conformance;

/// <summary>Tables of small rules about texts of a request: targets, queries, and single headers.</summary>
public sealed class ProxyTextRulesTests(ITestOutputHelper output)
{
    [SuiteFact("proxy-rules")]
    public void Url_EveryCase_IsAsInEnvoy() => Run("url.yaml", test =>
    {
        var isConnect = test.Children.ContainsKey("connect");
        var headers = new HeaderMap();
        var request = $"{(isConnect ? "CONNECT" : "GET")} {Field(test, "url")} HTTP/1.1\r\n\r\n";
        var parser = new Http1Parser(true, new Http1Limits { IsLenient = true });
        var isTaken = parser.ReadHead(Encoding.ASCII.GetBytes(request), headers, out _) == Http1Result.HeadDone;
        // A target such as "foo" is taken for a path by the codec; the connection manager refuses it.
        var isUrl = isTaken && (isConnect || headers.Contains(HeaderId.Scheme));
        return test.Children.ContainsKey("invalid")
            ? !isUrl
            : isUrl && Text(headers, HeaderId.Authority) == Field(test, "hostAndPort")
                && (isConnect || (Text(headers, HeaderId.Scheme) == Field(test, "scheme")
                    && Text(headers, HeaderId.Path) == Field(test, "path")));
    });

    [SuiteFact("proxy-rules")]
    public void Scheme_EveryCase_IsAsInEnvoy() => Run("scheme.yaml", test =>
    {
        var request = Encoding.ASCII.GetBytes($"GET {Field(test, "in")}://h/ HTTP/1.1\r\n\r\n");
        var result = new Http1Parser(true).ReadHead(request, new HeaderMap(), out _);
        return result == Http1Result.HeadDone == (Field(test, "valid") == "true");
    });

    [SuiteFact("proxy-rules")]
    public void Authority_EveryCase_IsAsInEnvoy() => Run("authority.yaml", test =>
    {
        var (host, port) = ForwardProxyFilter.Split(Encoding.ASCII.GetBytes(Field(test, "authority")), isSecure: false);
        // Without a port it is the scheme's.
        var expected = Field(test, "port") is "null" or "" ? "80" : Field(test, "port");
        return host == Field(test, "host") && $"{port}" == expected
            && IpAddress.TryParse(host.AsSpan(), out _) == (Field(test, "isIp") == "true");
    });

    [SuiteFact("proxy-rules")]
    public void Referer_EveryCase_IsAsInEnvoy() => Run("referer.yaml", test =>
        Referer.IsValid(Encoding.UTF8.GetBytes(Field(test, "in"))) == (Field(test, "valid") == "true"));

    [SuiteFact("proxy-rules")]
    public void QueryString_EveryCase_IsAsInEnvoy() => Run("query-string.yaml", test =>
    {
        var found = QueryParameters.Parse(Field(test, "in"), Field(test, "decode") == "true").Values;
        var expected = ((YamlMappingNode)test.Children["out"]).Children.ToDictionary(
            pair => pair.Key.ToString(), pair => ((YamlSequenceNode)pair.Value).Select(value => value.ToString()));
        return found.Count == expected.Count && expected.All(pair =>
            found.TryGetValue(pair.Key, out var values) && values.SequenceEqual(pair.Value));
    });

    [SuiteFact("proxy-rules")]
    public void QueryStringReplace_EveryCase_IsAsInEnvoy() => Run("query-string-replace.yaml", test =>
        QueryParameters.Parse(Field(test, "from"), decode: false).Replace(Field(test, "path")) == Field(test, "out"));

    [SuiteFact("proxy-rules")]
    public void PercentEncoding_EveryCase_IsAsInEnvoy() => Run("percent-encoding.yaml", test =>
        (Field(test, "op") switch
        {
            "encode" => Encoding.ASCII.GetString(HttpStream.PercentEncode(Encoding.UTF8.GetBytes(Field(test, "in")))),
            "decode-query-parameter" => QueryParameters.Decode(Field(test, "in")),
            _ => GrpcMessage(Field(test, "in")),
        }) == Field(test, "out"),
        // Nothing of ours encodes more than what a gRPC message must not hold.
        "percent-encoding.yaml[11]");

    [SuiteFact("proxy-rules")]
    public void SetCookie_EveryCase_IsAsInEnvoy() => Run("set-cookie.yaml", test =>
    {
        var attributes = test.Children.TryGetValue("attributes", out var list)
            ? ((YamlSequenceNode)list).Select(pair => (pair[0].ToString(), pair[1].ToString())).ToArray()
            : [];
        var ttl = long.Parse(Field(test, "ttlSeconds"), CultureInfo.InvariantCulture);
        return SetCookie.Format(
            Field(test, "name"), Field(test, "value"), ttl, Field(test, "path"), attributes,
            Field(test, "httpOnly") == "true") == Field(test, "out");
    });

    [SuiteFact("proxy-rules")]
    public void UriTemplateRewrite_EveryCase_IsAsInEnvoy()
    {
        Assert.True(UriTemplate.TryParse("/{goo}/{doo}/{var1}/{var2}", out var template, out _));
        Run("uri-template-rewrite.yaml", test =>
            UriTemplateRewrite.TryParse(Field(test, "rewrite"), template!, out _) == (Field(test, "valid") == "true"));
    }

    [SuiteFact("proxy-rules")]
    public void XffAppend_EveryCase_IsAsInEnvoy() => Run("xff-append.yaml", test =>
    {
        var headers = new HeaderMap();
        if (Field(test, "header") is not ("null" or "") and var header)
        {
            headers.Add(HeaderId.XForwardedFor, Encoding.ASCII.GetBytes(header));
        }
        // That of a Unix socket is no address.
        ForwardedAddress.Append(
            headers, IpAddress.TryParse(Field(test, "peer").AsSpan(), out var peer) ? peer : default);
        return Text(headers, HeaderId.XForwardedFor) == Field(test, "out");
    });

    [SuiteFact("proxy-rules")]
    public void ConnectionHeader_EveryCase_TakesAwayWhatEnvoyDoes() => Run("connection-header.yaml", test =>
    {
        var headers = new HeaderMap();
        foreach (var pair in (YamlSequenceNode)test.Children["in"])
        {
            headers.Add(Encoding.ASCII.GetBytes(pair[0].ToString()), Encoding.ASCII.GetBytes(pair[1].ToString()));
        }
        var isTaken = ConnectionHeader.TryRemoveNominated(headers, headers.Get(HeaderId.Connection));
        if (isTaken)
        {
            ConnectionHeader.ReduceTe(headers);
        }
        // The header itself goes no further in either proxy, so what would be left of it is not made.
        var expected = ((YamlSequenceNode)test.Children["out"])
            .Select(pair => (Name: pair[0].ToString(), Value: pair[1].ToString()))
            .Where(pair => pair.Name != "connection").Order();
        var found = Enumerable.Range(0, headers.Count)
            .Select(i => (Name: Encoding.ASCII.GetString(headers.GetName(i)),
                Value: Encoding.ASCII.GetString(headers.GetValue(i))))
            .Where(pair => pair.Name != "connection").Order();
        return isTaken == (Field(test, "ok") == "true") && expected.SequenceEqual(found);
    });

    private static string GrpcMessage(string text)
    {
        var headers = new HeaderMap();
        headers.Add(HeaderId.GrpcStatus, "2"u8);
        headers.Add(HeaderId.GrpcMessage, Encoding.UTF8.GetBytes(text));
        return GrpcCalls.ReadStatus(headers)!.Message;
    }

    private void Run(string file, Func<YamlMappingNode, bool> holds, params string[] known)
    {
        var tally = new SuiteTally(output, known);
        var index = 0;
        foreach (var test in TestKit.Conformance.Cases("proxy-rules", file))
        {
            tally.Count($"{file}[{index++}]", holds(test), $"{test} differs");
        }
        tally.AssertAll();
    }

    private static string Text(HeaderMap headers, HeaderId id) => Encoding.ASCII.GetString(headers.Get(id));

    private static string Field(YamlMappingNode test, string name) => test.Children[name].ToString();
}
