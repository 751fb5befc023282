using System.Collections.Immutable;
using Lateen.Core.Yaml;

namespace Lateen.Galley.Tests.Analysis;

public sealed class ReferenceAnalyzerTests
{
    private const string World = """
        {apiVersion: v1, kind: Service, metadata: {name: reviews, namespace: shop}}
        ---
        {apiVersion: networking.istio.io/v1, kind: ServiceEntry, metadata: {name: e, namespace: shop},
         spec: {hosts: ['*.example.com'], ports: [{number: 443, name: tls, protocol: TLS}]}}
        ---
        {apiVersion: networking.istio.io/v1, kind: DestinationRule, metadata: {name: r, namespace: shop},
         spec: {host: reviews, subsets: [{name: v1}]}}
        ---
        {apiVersion: networking.istio.io/v1, kind: Gateway, metadata: {name: g, namespace: shop},
         spec: {servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ['*']}]}}
        ---

        """;

    [Theory]
    [InlineData("destination: {host: reviews, subset: v1}", null)]
    [InlineData("destination: {host: reviews.shop.svc.cluster.local}", null)]
    [InlineData("destination: {host: reviews.shop}", null)]
    [InlineData("destination: {host: api.example.com}", null)]
    [InlineData("destination: {host: review}", "review.shop.svc.cluster.local does not exist")]
    [InlineData("destination: {host: example.com}", "example.com does not exist")]
    [InlineData("destination: {host: reviews, subset: v2}", "subset \"v2\"")]
    public void Analyze_Destination_IsFoundOrNamed(string destination, string? message)
    {
        var found = Analyze("gateways: [g]", destination);

        Assert.Equal(message is null ? 0 : 1, found.Length);
        Assert.True(message is null || found[0].Message.Contains(message, StringComparison.Ordinal),
            string.Concat(found));
    }

    [Theory]
    [InlineData("gateways: [mesh, shop/g]", 0)]
    [InlineData("gateways: [other/g]", 1)]
    public void Analyze_Gateway_IsFoundOrNamed(string gateways, int count)
    {
        Assert.Equal(count, Analyze(gateways, "destination: {host: reviews}").Length);
    }

    private static ImmutableArray<Core.ConfigError> AnalyzeAll(string text)
    {
        var store = new ConfigStore();
        var decoder = new ConfigDecoder();
        var decoded = YamlReader.Read(text).Documents.SelectMany(decoder.Decode).ToList();
        Assert.All(decoded, d => Assert.True(d.Result.IsValid, string.Join('\n', d.Result.Errors)));
        store.Update(decoded.Select(d => d.Config!));
        return ReferenceAnalyzer.Analyze(store.Current);
    }

    private static Core.ConfigError[] Analyze(string gateways, string destination) =>
        [.. AnalyzeAll(World
            + "{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: v, namespace: shop},"
            + $" spec: {{hosts: [a.b], {gateways}, http: [{{route: [{{{destination}}}]}}]}}}}")];
}
