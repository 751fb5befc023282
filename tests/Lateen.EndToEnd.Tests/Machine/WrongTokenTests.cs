using System.Globalization;
using System.Text.RegularExpressions;
using Lateen.EndToEnd.Tests.Mesh;
using Lateen.TestKit;

namespace Lateen.EndToEnd.Tests.Machine;

/// <summary>A proxy whose token is not the authority's, against a control plane of its own on loopback.</summary>
[Collection(MeshCollection.Name)]
public sealed partial class WrongTokenTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [MeshFact]
    public async Task Proxy_WithAWrongToken_IsRefusedCountedAndTriesAgainEverLater()
    {
        var secure = FreePorts.Take();
        var monitoring = FreePorts.Take();
        Directory.CreateDirectory(_folder.At("mesh"));
        await using var controlPlane = Run([
            LateenProgram.Path, "control-plane", "--config", _folder.At("mesh"), "--state", _folder.At("state"),
            "--grpc-addr", "", "--secure-grpc-addr", $"127.0.0.1:{secure}", "--http-addr", "",
            "--monitoring-addr", $"127.0.0.1:{monitoring}"]);
        await controlPlane.WaitSaidAsync("ready: ");
        _folder.Write("pod/var/run/secrets/tokens/istio-token", "eyJhbGciOiJub25lIn0.e30.x");
        _folder.Write("pod/var/run/secrets/istio/root-cert.pem", await FindRootAsync());
        await using var agent = Run([
            "env", "-C", _folder.At("pod"), "POD_NAME=thief", "POD_NAMESPACE=shop", "SERVICE_ACCOUNT=cart",
            "INSTANCE_IP=127.0.0.1", $"ENVOY_PROMETHEUS_PORT={FreePorts.Take()}",
                $"ENVOY_STATUS_PORT={FreePorts.Take()}",
            $"PROXY_CONFIG={{discoveryAddress: \"localhost:{secure}\", statusPort: {FreePorts.Take()}, "
                + $"proxyAdminPort: {FreePorts.Take()}, configPath: {_folder.At("pod", "proxy")}, concurrency: 1}}",
            LateenProgram.Path, "agent", "proxy", "sidecar"]);

        await Eventually.IsAsync("three refusals", () => Retry().Count(agent.Output) >= 3, 60, () => agent.Output);

        var pauses = Retry().Matches(agent.Output)
            .Select(m => double.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture)).ToList();
        agent.AssertSaid("Unauthenticated");
        agent.AssertSaid("check the token in ./var/run/secrets/tokens/istio-token");
        Assert.All(pauses, p => Assert.InRange(p, 0.05, 60));
        using var client = new HttpClient();
        var metrics = await client.GetStringAsync(new Uri($"http://127.0.0.1:{monitoring}/metrics"));
        var count = Count().Match(metrics);
        Assert.True(count.Success && int.Parse(count.Groups[1].Value, CultureInfo.InvariantCulture) >= 3, metrics);
        controlPlane.AssertSaid("refused a certificate: the caller is not known");
        agent.AssertNoTrace();
    }

    /// <summary>The authority's root, which the state folder keeps in one of its files.</summary>
    private async Task<string> FindRootAsync()
    {
        var path = "";
        await Eventually.IsAsync("the root", () =>
        {
            path = Directory.EnumerateFiles(_folder.At("state"), "*", SearchOption.AllDirectories).FirstOrDefault(f =>
                File.ReadAllText(f).StartsWith("-----BEGIN CERTIFICATE", StringComparison.Ordinal)) ?? "";
            return path.Length > 0;
        });
        return await File.ReadAllTextAsync(path);
    }

    private UpProcess Run(IReadOnlyList<string> words) => new(words, _folder.At("state"));

    [GeneratedRegex(@"no certificate yet .*trying again in ([0-9.]+) s")]
    private static partial Regex Retry();

    [GeneratedRegex(@"^citadel_server_authentication_failure_count(?:\{.*\})? (\d+)", RegexOptions.Multiline)]
    private static partial Regex Count();
}
