using System.Globalization;
using System.Text.Json;
using Envoy.Extensions.Filters.Http.JwtAuthn.V3;
using Lateen.TestKit;
using Xunit.Abstractions;
using YamlDotNet.RepresentationModel;
using Data = Lateen.TestKit.Conformance;

namespace Lateen.ControlPlane.Tests.Jwks;

/// <summary>What proxies are given for rules of tokens, in each mode, as the real control plane gave it.</summary>
public sealed class RecordedJwksTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const string Suite = "recorded-agent";
    private const string RecordedServer = "127.0.0.1:8088";
    private readonly string _folder = Directory.CreateTempSubdirectory("lateen-jwks-").FullName;
    private FakeKeyServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await FakeKeyServer.StartAsync();
        _server.Paths["/moved"] = FakeKeyServer.Json(FakeKeyServer.KeySet("ours-moved"));
        _server.Paths["/viaissuer"] = FakeKeyServer.Json(FakeKeyServer.KeySet("ours-viaissuer"));
        _server.Paths["/redirect"] = FakeKeyServer.Redirect("/moved");
        _server.Paths["/text"] = FakeKeyServer.Json("no key set");
        _server.Paths["/500"] = FakeKeyServer.Json("", 500);
        _server.Paths["/issuer/.well-known/openid-configuration"] =
            FakeKeyServer.Json($$"""{"jwks_uri":"http://{{_server.Authority}}/viaissuer"}""");
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [ConformanceFact(Suite)]
    public async Task Providers_InEachMode_AreAsRecorded()
    {
        var cases = Data.Cases(Suite, "istiod-jwks.yaml").ToList();
        var rules = cases.Select(item => Rule(item.Find("input")!.Find("jwt_rule")!));
        await File.WriteAllTextAsync(ListenerClient.At(_folder, "policy.yaml"), $$"""
            apiVersion: security.istio.io/v1
            kind: RequestAuthentication
            metadata: {name: tokens, namespace: shop}
            spec: {jwtRules: [{{string.Join(", ", rules)}}]}
            """);
        var run = new ConformanceRun("recorded-jwks", output);

        foreach (var mode in (string[])["default", "hybrid", "envoy"])
        {
            var providers = await ProvidersAsync(mode);
            foreach (var item in cases)
            {
                var issuer = Ours(item.Find("input")!.Find("jwt_rule")!.Text("issuer")!);
                run.Case($"{item.Text("id")}/{mode}", mode, () =>
                    Difference(item.Find("outcome")!.Find(mode)!, providers[issuer]));
            }
        }

        Assert.Equal(8, cases.Count);
        run.Finish();
    }

    private static string? Difference(YamlNode expected, JwtProvider provider)
    {
        if (expected.Find("remote_jwks") is { } remote)
        {
            var (wanted, given) = (remote.Find("http_uri")!, provider.RemoteJwks);
            return given is null ? "the proxy does not fetch"
                : Same(wanted.Text("uri")!, Recorded(given, given.HttpUri.Uri))
                ?? Same(wanted.Text("cluster")!, Recorded(given, given.HttpUri.Cluster))
                ?? Same(wanted.Text("timeout")!, $"{given.HttpUri.Timeout.Seconds}s")
                ?? Same(remote.Text("cache_duration")!, $"{given.CacheDuration.Seconds}s");
        }
        var keys = provider.LocalJwks?.InlineString ?? "none";
        if (expected.Find("key_fields") is null)
        {
            return Same(expected.Text("local_jwks")!, keys);
        }
        using var document = JsonDocument.Parse(keys);
        var fields = document.RootElement.GetProperty("keys").EnumerateArray()
            .Select(key => string.Join(
                ',', key.EnumerateObject().Select(field => field.Name).Order(StringComparer.Ordinal)));
        return Same(string.Join(',', expected.Texts("key_fields")), string.Join(';', fields));
    }

    private static string Recorded(RemoteJwks given, string text) =>
        text.Replace(new Uri(given.HttpUri.Uri).Port.ToString(CultureInfo.InvariantCulture), "8088",
            StringComparison.Ordinal);

    private static string? Same(string expected, string actual) =>
        expected == actual ? null : $"'{expected}' expected, '{actual}' given";

    private string Ours(string text) => text.Replace(RecordedServer, _server.Authority, StringComparison.Ordinal);

    private string Rule(YamlNode rule)
    {
        var fields = ((YamlMappingNode)rule).Children.Select(field =>
            $"{field.Key}: '{Ours(((YamlScalarNode)field.Value).Value!)}'");
        return $"{{{string.Join(", ", fields)}}}";
    }

    private async Task<IReadOnlyDictionary<string, JwtProvider>> ProvidersAsync(string mode)
    {
        await using var client = await ListenerClient.StartAsync(_folder, mode == "default" ? "false" : mode);
        return ListenerClient.Providers(await client.NextAsync());
    }
}
