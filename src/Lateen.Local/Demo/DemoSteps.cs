using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Lateen.Local.Demo;

/// <summary>The steps of the demo.</summary>
internal static partial class DemoSteps
{
    private const string Product = "/api/v1/products/0";
    private const string ReviewsFile = "reviews.yaml";

    public static IReadOnlyList<DemoStep> All { get; } =
    [
        new("STRICT mutual TLS: every hop is encrypted and named", ShowMutualTlsAsync),
        new("90/10 split between two versions", ShowSplitAsync),
        new("one user is routed by a header", ShowHeaderRouteAsync),
        new("a fault is injected, and retried away", ShowFaultAsync),
        new("a call is denied, with its reason", ShowDenialAsync),
        new("a plaintext call is refused", ShowPlaintextAsync),
        new("a certificate is rotated under traffic", ShowRotationAsync),
        new("the control plane is killed and comes back", ShowControlPlaneLossAsync),
    ];

    private static async Task<StepResult> ShowMutualTlsAsync(DemoContext demo, CancellationToken cancel)
    {
        var report = await demo.Traffic.SendAsync("/productpage", 40, null, null, cancel).ConfigureAwait(false);
        var certificates = await demo.GetFromAsync(Name(demo, "details"), "127.0.0.1:15000", "/certs", cancel)
            .ConfigureAwait(false);
        var identity = Spiffe().Match(certificates ?? "").Value;
        return new StepResult(report.IsOnly("200")
            && identity.EndsWith("/sa/bookinfo-details", StringComparison.Ordinal),
            $"{report} through gateway, productpage, details and reviews; details is {identity}");
    }

    private static async Task<StepResult> ShowSplitAsync(DemoContext demo, CancellationToken cancel)
    {
        const int Count = 400;
        demo.Apply("reviews-90-10.yaml", ReviewsFile);
        await demo.UntilAsync(async () =>
            (await demo.Traffic.SendAsync(Product, 20, Version, null, cancel).ConfigureAwait(false))["v2"] == 0, cancel)
            .ConfigureAwait(false);
        var report = await demo.Traffic.SendAsync(Product, Count, Version, null, cancel).ConfigureAwait(false);
        demo.Restore(ReviewsFile);
        // Four standard deviations of a binomial share of one tenth: a fair split fails once in 16,000 runs.
        var bound = 4 * Math.Sqrt(Count * 0.1 * 0.9);
        return new StepResult(
            report["v1"] + report["v3"] == Count && Math.Abs(report["v3"] - (Count * 0.1)) <= bound, report.ToString());
    }

    private static async Task<StepResult> ShowHeaderRouteAsync(DemoContext demo, CancellationToken cancel)
    {
        demo.Apply("reviews-jason.yaml", ReviewsFile);
        await demo.UntilAsync(async () =>
            (await demo.Traffic.SendAsync(Product, 10, Version, "jason", cancel).ConfigureAwait(false)).IsOnly("v2")
            && (await demo.Traffic.SendAsync(Product, 10, Version, null, cancel).ConfigureAwait(false)).IsOnly("v1"),
            cancel).ConfigureAwait(false);
        var jason = await demo.Traffic.SendAsync(Product, 50, Version, "jason", cancel).ConfigureAwait(false);
        var others = await demo.Traffic.SendAsync(Product, 50, Version, null, cancel).ConfigureAwait(false);
        demo.Restore(ReviewsFile);
        return new StepResult(jason.IsOnly("v2") && others.IsOnly("v1"), $"jason sees {jason}; others see {others}");
    }

    private static async Task<StepResult> ShowFaultAsync(DemoContext demo, CancellationToken cancel)
    {
        const string Path = "/api/v1/products/0/reviews";
        demo.Apply("reviews-fault.yaml", ReviewsFile);
        await demo.UntilAsync(async () =>
            (await demo.Traffic.SendAsync(Path, 20, null, null, cancel).ConfigureAwait(false))["500"] > 0, cancel)
            .ConfigureAwait(false);
        var faulty = await demo.Traffic.SendAsync(Path, 100, null, null, cancel).ConfigureAwait(false);
        demo.Apply("bookinfo-retries.yaml", "virtualservice.yaml");
        await demo.UntilAsync(async () =>
            (await demo.Traffic.SendAsync(Path, 20, null, null, cancel).ConfigureAwait(false)).IsOnly("200"), cancel)
            .ConfigureAwait(false);
        var retried = await demo.Traffic.SendAsync(Path, 100, null, null, cancel).ConfigureAwait(false);
        demo.Restore("virtualservice.yaml");
        demo.Restore(ReviewsFile);
        // The steps that follow count outcomes, too.
        await demo.UntilAsync(async () =>
            (await demo.Traffic.SendAsync(Path, 40, null, null, cancel).ConfigureAwait(false)).IsOnly("200"), cancel)
            .ConfigureAwait(false);
        // Half of 100 within four standard deviations; eight more attempts leave one in 500.
        return new StepResult(Math.Abs(faulty["500"] - 50) <= 20 && retried["200"] >= 97,
            $"with the fault {faulty}; with retries at the gateway {retried}");
    }

    private static async Task<StepResult> ShowDenialAsync(DemoContext demo, CancellationToken cancel)
    {
        var (status, body) = await demo.Traffic.GetAsync("/api/v1/products/0/ratings", null, cancel)
            .ConfigureAwait(false);
        var ratings = demo.Pod("ratings");
        var reason = "";
        await demo.UntilAsync(() =>
        {
            reason = Denial().Match(demo.LogLine(ratings, "istio-proxy", "rbac_access_denied")).Value;
            return Task.FromResult(reason.Length > 0);
        }, cancel, TimeSpan.FromSeconds(3)).ConfigureAwait(false);
        return new StepResult(status == 403 && body == "RBAC: access denied",
            $"productpage to ratings: {status} {body}; {(reason.Length > 0 ? reason : "no reason in the access log")}");
    }

    private static async Task<StepResult> ShowPlaintextAsync(DemoContext demo, CancellationToken cancel)
    {
        var target = $"{demo.Pod("details").Address}:9080";
        var outsider = Name(demo, "outsider");
        var refused = await demo.GetFromAsync(outsider, target, "/details/0", cancel).ConfigureAwait(false);
        var open = await demo.GetFromAsync(Name(demo, "details"), "127.0.0.1:9080", "/details/0", cancel)
            .ConfigureAwait(false);
        return new StepResult(refused is null && open?.Contains("200 OK", StringComparison.Ordinal) == true,
            $"{outsider} without a proxy to {target}: "
                + $"{(refused is null ? "connection closed" : refused.Split('\n')[0])}");
    }

    private static async Task<StepResult> ShowRotationAsync(DemoContext demo, CancellationToken cancel)
    {
        var pod = Name(demo, "details");
        async Task<string> SerialAsync() => Serial().Match(
            await demo.GetFromAsync(pod, "127.0.0.1:15000", "/certs", cancel).ConfigureAwait(false) ?? "")
                .Groups[1].Value;
        var before = await SerialAsync().ConfigureAwait(false);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var traffic = demo.Traffic.SendUntilAsync(Product, Details, stop.Token);
        var after = before;
        var rotated = await demo.UntilAsync(async () =>
        {
            after = await SerialAsync().ConfigureAwait(false);
            return after.Length > 0 && after != before;
        }, cancel, TimeSpan.FromSeconds(60)).ConfigureAwait(false);
        await demo.PauseAsync(TimeSpan.FromSeconds(1), cancel).ConfigureAwait(false);
        await stop.CancelAsync().ConfigureAwait(false);
        var report = await traffic.ConfigureAwait(false);
        return new StepResult(rotated && before.Length > 0 && report.IsOnly("200"),
            $"details: serial {Short(before)} became {Short(after)}; requests meanwhile {report}");
    }

    private static async Task<StepResult> ShowControlPlaneLossAsync(DemoContext demo, CancellationToken cancel)
    {
        var pod = demo.Pod("istiod");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var traffic = demo.Traffic.SendUntilAsync(Product, Details, stop.Token);
        await demo.Host.Control.KillAsync($"{pod.Namespace}/{pod.Name}", "discovery", cancel).ConfigureAwait(false);
        var gone = await demo.UntilAsync(() => Task.FromResult(!demo.Pod("istiod").Ready), cancel)
            .ConfigureAwait(false);
        var back = await demo.UntilAsync(
            () => Task.FromResult(demo.Pod("istiod") is { Ready: true } p && p.Restarts > pod.Restarts), cancel,
            TimeSpan.FromSeconds(60)).ConfigureAwait(false);
        await stop.CancelAsync().ConfigureAwait(false);
        var report = await traffic.ConfigureAwait(false);
        demo.Apply("reviews-jason.yaml", ReviewsFile);
        var converged = await demo.UntilAsync(async () =>
            (await demo.Traffic.SendAsync(Product, 10, Version, "jason", cancel).ConfigureAwait(false))
                .IsOnly("v2"), cancel,
            TimeSpan.FromSeconds(40)).ConfigureAwait(false);
        demo.Restore(ReviewsFile);
        return new StepResult(gone && back && converged && report.IsOnly("200"),
            $"requests meanwhile {report}; afterwards a change {(converged ? "arrives again" : "does not arrive")}");
    }

    private static string Name(DemoContext demo, string app) => $"{demo.Pod(app).Namespace}/{demo.Pod(app).Name}";

    private static string Short(string serial) => serial.Length > 8 ? serial[..8] : serial;

    private static string Version(int status, string body) => status != 200 ? Code(status)
        : Field(body, "reviewsStatus") != "200" ? $"reviews {Field(body, "reviewsStatus")}"
        : VersionField().Match(body).Groups[1].Value;

    /// <summary>All well only when both services behind the page answered.</summary>
    private static string Details(int status, string body) => status != 200 ? Code(status)
        : Field(body, "detailsStatus") != "200" ? $"details {Field(body, "detailsStatus")}"
        : Field(body, "reviewsStatus") != "200" ? $"reviews {Field(body, "reviewsStatus")}" : "200";

    private static string Code(int status) => status == 0 ? "no answer" : status.ToString(CultureInfo.InvariantCulture);

    private static string Field(string body, string name)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return document.RootElement.GetProperty(name).GetRawText();
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException)
        {
            return "no JSON";
        }
    }

    [GeneratedRegex("spiffe://[^\"]+")]
    private static partial Regex Spiffe();

    [GeneratedRegex("rbac_access_denied[^\" ]*")]
    private static partial Regex Denial();

    [GeneratedRegex("\"cert_chain\":.*?\"serial_number\": *\"([0-9a-f]+)\"", RegexOptions.Singleline)]
    private static partial Regex Serial();

    [GeneratedRegex("\"version\":\"([^\"]+)\"")]
    private static partial Regex VersionField();
}
