using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Lateen.EndToEnd.Tests.Mesh;

namespace Lateen.EndToEnd.Tests.Proxies;

/// <summary>What a mesh does, whatever its proxies are; the classes derived from this one name the kinds.</summary>
public abstract partial class MeshTests
{
    private readonly ShopMesh _mesh;

    private protected MeshTests(ShopMesh mesh) => _mesh = mesh;

    /// <summary>Where a program sees its own proxy call from.</summary>
    private protected virtual string ProxyAddress => "127.0.0.6";

    /// <summary>The programs know nothing of a mesh, yet both ends' proxies were on the way.</summary>
    protected async Task CaptureBothDirectionsAsync()
    {
        await _mesh.StartAsync();

        var reply = await _mesh.CallAsync("http://backend/");

        Assert.Equal(200, (int)reply["status"]!);
        Assert.Matches("^[0-9]+$", (string?)reply["headers"]!["x-envoy-upstream-service-time"] ?? "");
        var seen = JsonNode.Parse((string)reply["body"]!)!;
        Assert.Equal(ProxyAddress, (string)seen["peer"]!);
        Assert.True(Guid.TryParse((string?)seen["headers"]!["x-request-id"], out _), seen.ToJsonString());
    }

    protected async Task CalleeSeesIdentityAsync()
    {
        await _mesh.StartAsync();

        var reply = await _mesh.CallAsync("http://backend/");

        var seen = JsonNode.Parse((string)reply["body"]!)!;
        var certificate = (string?)seen["headers"]!["x-forwarded-client-cert"];
        Assert.NotNull(certificate);
        Assert.Contains("By=spiffe://cluster.local/ns/shop/sa/backend;", certificate, StringComparison.Ordinal);
        Assert.EndsWith("URI=spiffe://cluster.local/ns/shop/sa/client", certificate, StringComparison.Ordinal);
    }

    /// <summary>Two hops: the callee of the second sees client, not the gateway.</summary>
    protected async Task GatewayCallsByItsOwnIdentityAsync()
    {
        await _mesh.StartAsync();

        var (status, body) = await _mesh.Traffic.GetAsync("/anything", null, CancellationToken.None);

        Assert.Equal(200, status);
        var certificate = (string?)JsonNode.Parse(body)!["headers"]!["x-forwarded-client-cert"];
        Assert.EndsWith("URI=spiffe://cluster.local/ns/shop/sa/edge", certificate, StringComparison.Ordinal);
    }

    protected async Task SplitIsFairAsync()
    {
        const int Count = 400;
        await _mesh.StartAsync();
        _mesh.Put("route.yaml", ShopObjects.Read("route.yaml") + """
                  weight: 90
                - destination: {host: backend, subset: v2}
                  weight: 10

            """);
        await UntilAsync("the split", 40, report => report["v2"] > 0);

        var report = await _mesh.SendAsync(Count);
        _mesh.Restore("route.yaml");
        // Few requests could all miss v2 by chance, and the next test would begin with this one's weights.
        await UntilAsync("v1 alone again", 200, r => r.IsOnly("v1"));

        // Four standard deviations of a share of one tenth: a fair split fails once in 16,000 runs.
        var bound = 4 * Math.Sqrt(Count * 0.1 * 0.9);
        Assert.True(report["v1"] + report["v2"] == Count, $"{report}");
        Assert.InRange(report["v2"], (Count * 0.1) - bound, (Count * 0.1) + bound);
    }

    /// <summary>The same call passes where the rule permits it, so that only the rule can be what refuses it.</summary>
    protected async Task StrictRefusesPlaintextAsync()
    {
        await _mesh.StartAsync();
        var target = $"{_mesh.Pod("backend-v1").Address}:8080";

        Assert.Null(await _mesh.GetFromAsync("outsider", target, "/"));

        _mesh.Put("permissive.yaml", """
            apiVersion: security.istio.io/v1
            kind: PeerAuthentication
            metadata: {name: default, namespace: shop}
            spec: {mtls: {mode: PERMISSIVE}}
            """);
        await Eventually.IsAsync("plaintext to be permitted", async () =>
            (await _mesh.GetFromAsync("outsider", target, "/"))?.StartsWith("HTTP/1.1 200", StringComparison.Ordinal)
                == true, 30, _mesh.Logs);
        _mesh.Put("permissive.yaml", null);
        await Eventually.IsAsync("plaintext to be refused again", async () =>
            await _mesh.GetFromAsync("outsider", target, "/") is null, 30, _mesh.Logs);
        var report = await _mesh.SendAsync(10);
        Assert.True(report.IsOnly("v1"), $"{report}\n{_mesh.Logs()}");
    }

    protected Task ChangeConvergesAsync() => ChangeConvergesAsync(20);

    private async Task ChangeConvergesAsync(int seconds)
    {
        await _mesh.StartAsync();

        await RouteJasonAsync(seconds);
        var others = await _mesh.SendAsync(50);
        _mesh.Restore("route.yaml");
        await Eventually.IsAsync("jason to see v1", async () => (await _mesh.SendAsync(10, "jason")).IsOnly("v1"), 20,
            _mesh.Logs);

        Assert.True(others.IsOnly("v1"), $"{others}");
    }

    /// <summary>In one file a broken object and good ones: the error says where, the last good version stays, the other
    /// object goes live.</summary>
    protected async Task BrokenObjectLeavesTheRestAsync()
    {
        await _mesh.StartAsync();
        _mesh.Put("route.yaml", ShopObjects.Read("route.yaml") + "      weight: -1\n" + """
            ---
            apiVersion: networking.istio.io/v1
            kind: VirtualService
            metadata: {name: client, namespace: shop}
            spec:
              hosts: [client]
              http:
              - headers: {response: {set: {x-good: "yes"}}}
                route: [{destination: {host: client}}]
            """);

        await Eventually.IsAsync("the good object to go live", async () =>
            (string?)(await _mesh.CallAsync("http://client/"))["headers"]!["x-good"] == "yes", 30, _mesh.Logs);
        var report = await _mesh.SendAsync(20);
        _mesh.Restore("route.yaml");
        await Eventually.IsAsync("the good object to go", async () =>
            (await _mesh.CallAsync("http://client/"))["headers"]!["x-good"] is null, 30, _mesh.Logs);

        Assert.True(report.IsOnly("v1"), $"{report}");
        await _mesh.Up.WaitMatchAsync(@"route\.yaml:9:\d+: spec\.http\[0\]\.route\[0\]\.weight: ");
    }

    /// <summary>Dead as after a crash, and away for 30 s; new connections are made all the while.</summary>
    protected async Task ControlPlaneDeadLosesNothingAsync()
    {
        await _mesh.StartAsync();
        using var stop = new CancellationTokenSource();
        var traffic = _mesh.SendUntilAsync(null, stop.Token);
        var pod = _mesh.Pod("istiod");
        _mesh.Put("istiod.yaml", """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: istiod, namespace: istio-system}
            spec:
              replicas: 0
              template: {metadata: {labels: {app: istiod}}, spec: {containers: [{name: none, image: none}]}}
            """);
        await _mesh.Up.Control.KillAsync($"{pod.Namespace}/{pod.Name}", "discovery", CancellationToken.None);
        await Eventually.IsAsync("the control plane to be gone",
            () => _mesh.Up.Status.Pods.All(p => p.Workload != "Deployment/istiod"), 20);

        var clock = TimeProvider.System;
        var began = clock.GetTimestamp();
        await Eventually.IsAsync("30 s", () => clock.GetElapsedTime(began) > TimeSpan.FromSeconds(30), 60);
        Assert.DoesNotContain(_mesh.Up.Status.Pods, p => p.Workload == "Deployment/istiod");
        _mesh.Put("istiod.yaml", null);
        await Eventually.IsAsync("the control plane to be back",
            () => _mesh.Up.Status.Pods.Any(p => p.Workload == "Deployment/istiod" && p.Ready), 60);
        await stop.CancelAsync();
        var report = await traffic;

        Assert.True(report.IsOnly("v1"), $"{report}\n{_mesh.Logs()}");
        Assert.True(report.Total > 100, $"only {report.Total} requests were made");
        // A proxy that tried in vain tries again after 30 s at most, as Envoy does.
        await ChangeConvergesAsync(45);
    }

    protected async Task RotationLosesNothingAsync()
    {
        await _mesh.StartAsync();
        await RouteJasonAsync(20);
        HashSet<string> serials = [];
        using var stop = new CancellationTokenSource();
        var traffic = _mesh.SendUntilAsync("jason", stop.Token);

        await Eventually.IsAsync("two more certificates", async () =>
        {
            if (await SerialAsync("backend-v2") is { Length: > 0 } serial)
            {
                serials.Add(serial);
            }

            return serials.Count == 3;
        }, 120, _mesh.Logs);
        var after = await _mesh.SendAsync(50, "jason");
        await stop.CancelAsync();
        var report = await traffic;
        _mesh.Restore("route.yaml");

        Assert.True(report.IsOnly("v2") && after.IsOnly("v2"), $"{report}; {after}\n{_mesh.Logs()}");
        Assert.True(report.Total > 20, $"only {report.Total} requests were made");
    }

    /// <summary>Istio's metric with both identities, from the agent's merged page.</summary>
    protected async Task MetricsNameBothEndsAsync()
    {
        await _mesh.StartAsync();
        await _mesh.SendAsync(10);

        var page = await _mesh.GetFromAsync("backend-v1", "127.0.0.1:15020", "/stats/prometheus");

        Assert.NotNull(page);
        var line = page.Split('\n').FirstOrDefault(l =>
            l.StartsWith("istio_requests_total{", StringComparison.Ordinal)
            && l.Contains("reporter=\"destination\"", StringComparison.Ordinal)
            && l.Contains("source_principal=\"spiffe://cluster.local/ns/shop/sa/client\"", StringComparison.Ordinal));
        Assert.True(line is not null, page);
        Assert.Contains("destination_principal=\"spiffe://cluster.local/ns/shop/sa/backend\"", line,
            StringComparison.Ordinal);
        Assert.True(double.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture) >= 10, line);
    }

    private Task UntilAsync(string what, int count, Func<Lateen.Local.Demo.TrafficReport, bool> holds) =>
        Eventually.IsAsync(what, async () => holds(await _mesh.SendAsync(count)), 30, _mesh.Logs);

    /// <summary>Sends the user jason to v2, whose certificates live shortly.</summary>
    private Task RouteJasonAsync(int seconds)
    {
        _mesh.Put("route.yaml", ShopObjects.Read("route.yaml").Replace("  http:\n", """
              http:
              - match: [{headers: {end-user: {exact: jason}}}]
                route:
                - destination: {host: backend, subset: v2}

            """, StringComparison.Ordinal));
        return Eventually.IsAsync("jason to see v2", async () => (await _mesh.SendAsync(10, "jason")).IsOnly("v2"),
            seconds, _mesh.Logs);
    }

    private async Task<string> SerialAsync(string workload) =>
        Serial().Match(await _mesh.GetFromAsync(workload, "127.0.0.1:15000", "/certs") ?? "").Groups[1].Value;

    [GeneratedRegex("\"cert_chain\":.*?\"serial_number\": *\"([0-9a-f]+)\"", RegexOptions.Singleline)]
    private static partial Regex Serial();
}
