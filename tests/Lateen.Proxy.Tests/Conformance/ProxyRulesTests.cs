using System.Globalization;
using System.Text;
using Lateen.Http;
using Lateen.Proxy.Addresses;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Routing;
using Xunit.Abstractions;
using YamlDotNet.RepresentationModel;

namespace Lateen.Proxy.Tests.Conformance;

/// <summary>Tables of small rules, as far as the configuration model owns them.</summary>
public sealed class ProxyRulesTests(ITestOutputHelper output)
{
    [SuiteFact("proxy-rules")]
    public void CidrContains_EveryCase_IsAsInEnvoy() => Run("cidr-contains.yaml", test =>
        CidrRange.TryParse(Field(test, "range"), out var range)
        && IpAddress.TryParse(Field(test, "address").AsSpan(), out var address)
        && range.Contains(address) == (Field(test, "result") == "true"));

    [SuiteFact("proxy-rules")]
    public void RemoveQueryAndFragment_EveryCase_IsAsInEnvoy() => Run("remove-query-and-fragment.yaml", test =>
        Encoding.UTF8.GetString(QueryString.PathOnly(Bytes(test, "in"))) == Field(test, "out"));

    [SuiteFact("proxy-rules")]
    public void CookieValue_EveryCase_IsAsInEnvoy() => Run("cookie-value.yaml", test =>
    {
        var headers = new HeaderMap();
        foreach (var cookie in (YamlSequenceNode)test.Children["cookieHeaders"])
        {
            headers.Add(HeaderId.Cookie, Encoding.UTF8.GetBytes(cookie.ToString()));
        }
        var found = CookieMatcher.TryGet(headers, Bytes(test, "name"), out var value);
        return Encoding.UTF8.GetString(found ? value : default) == Field(test, "value");
    });

    [SuiteFact("proxy-rules")]
    public void Hash_EveryFunctionOfOurs_IsAsInEnvoy() => Run("hash.yaml", test => Field(test, "function") switch
    {
        "xxHash64" => XxHash64.Hash(Bytes(test, "in")),
        "murmurHash2" => MurmurHash2.Hash(Bytes(test, "in")),
        _ => ulong.Parse(Field(test, "hash"), CultureInfo.InvariantCulture),
    } == ulong.Parse(Field(test, "hash"), CultureInfo.InvariantCulture));

    [SuiteFact("proxy-rules")]
    public void UriTemplates_Patterns_AreTakenOrRefusedAsByEnvoy() => Run("uri-template-pattern.yaml", test =>
        UriTemplate.TryParse(Field(test, "pattern"), out _, out _) == (Field(test, "valid") == "true"));

    [SuiteFact("proxy-rules")]
    public void UriTemplates_Rewrites_GiveEnvoysPaths() => Run("uri-template-result.yaml", test =>
    {
        if (!UriTemplate.TryParse(Field(test, "pattern"), out var template, out _)
            || !UriTemplateRewrite.TryParse(Field(test, "rewrite"), template!, out var parts))
        {
            return false;
        }
        var path = Bytes(test, "path");
        var slots = new int[12];
        if (!template!.TryCapture(path, slots))
        {
            return false;
        }
        var result = string.Concat(parts.Select(part => Encoding.UTF8.GetString(part.Literal
            ?? path[slots[2 * part.Variable + 2]..slots[2 * part.Variable + 3]])));
        return result == Field(test, "result");
    });

    private void Run(string file, Func<YamlMappingNode, bool> holds)
    {
        var tally = new SuiteTally(output);
        var index = 0;
        foreach (var test in TestKit.Conformance.Cases("proxy-rules", file))
        {
            tally.Count($"{file}[{index++}] {test}", holds(test), "differs");
        }
        tally.AssertAll();
    }

    private static string Field(YamlMappingNode test, string name) => test.Children[name].ToString();

    private static byte[] Bytes(YamlMappingNode test, string name) => Encoding.UTF8.GetBytes(Field(test, name));
}
