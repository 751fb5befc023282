using System.Globalization;
using System.Text;
using Lateen.Http;
using Lateen.Proxy.Addresses;
using Lateen.Proxy.Runtime;
using Xunit.Abstractions;
using YamlDotNet.RepresentationModel;

namespace Lateen.Proxy.Tests.Conformance;

/// <summary>Tables of small rules that the data path owns.</summary>
public sealed class ProxyPathRulesTests(ITestOutputHelper output)
{
    [SuiteFact("proxy-rules")]
    public void MergeSlashes_EveryCase_IsAsInEnvoy() => Run("merge-slashes.yaml", test =>
        Encoding.UTF8.GetString(PathNormalizer.MergeSlashes(Bytes(test, "in")).Written) == Field(test, "out"));

    [SuiteFact("proxy-rules")]
    public void UnescapeSlashes_EveryCase_IsAsInEnvoy() => Run("unescape-slashes.yaml", test =>
        PathNormalizer.HasEscapedSlash(Bytes(test, "in")) == (Field(test, "found") == "true")
        && Encoding.UTF8.GetString(PathNormalizer.Unescape(Bytes(test, "in")).Written) == Field(test, "out"));

    [SuiteFact("proxy-rules")]
    public void CidrTruncate_EveryCase_IsAsInEnvoy() => Run("cidr-truncate.yaml", test =>
    {
        var length = int.Parse(Field(test, "length"), CultureInfo.InvariantCulture);
        var isValid = IpAddress.TryParse(Field(test, "address").AsSpan(), out var address) && length >= 0;
        return test.Children.TryGetValue("out", out var expected)
            ? isValid && new CidrRange(address, length).ToString() == expected.ToString()
            : !isValid;
    });

    [SuiteFact("proxy-rules")]
    public void XffAddress_EveryCase_IsAsInEnvoy() => Run("xff-address.yaml", test =>
    {
        var headers = new HeaderMap();
        if (!IsNull(test, "header"))
        {
            headers.Add(HeaderId.XForwardedFor, Bytes(test, "header"));
        }
        var skip = int.Parse(Field(test, "skip"), CultureInfo.InvariantCulture);
        var found = ForwardedAddress.TryGetFromRight(headers, skip + 1, out var address);
        return found ? address.Ip.ToString() == Field(test, "result") : IsNull(test, "result");
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

    private static bool IsNull(YamlMappingNode test, string name) =>
        test.Children[name] is YamlScalarNode { Style: YamlDotNet.Core.ScalarStyle.Plain, Value: "null" };

    private static string Field(YamlMappingNode test, string name) => test.Children[name].ToString();

    private static byte[] Bytes(YamlMappingNode test, string name) => Encoding.UTF8.GetBytes(Field(test, name));
}
