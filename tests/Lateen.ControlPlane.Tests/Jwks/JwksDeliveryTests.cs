using Lateen.TestKit;
using Microsoft.AspNetCore.Http;

namespace Lateen.ControlPlane.Tests.Jwks;

/// <summary>When proxies meet a policy whose keys must be fetched.</summary>
public sealed class JwksDeliveryTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private FakeKeyServer _server = null!;

    public async Task InitializeAsync() => _server = await FakeKeyServer.StartAsync();

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Policy_WhoseKeysAreBeingFetched_WaitsAndOthersDoNot()
    {
        var asked = new TaskCompletionSource();
        var gate = new TaskCompletionSource();
        _server.Paths["/slow"] = async context =>
        {
            asked.TrySetResult();
            await gate.Task;
            await context.Response.WriteAsync(FakeKeyServer.KeySet("slow"));
        };
        await using var client = await ListenerClient.StartAsync(_folder.Path, "false");
        Assert.Empty(ListenerClient.Providers(await client.NextAsync()));

        await WritePolicyAsync("/slow");
        await asked.Task;
        await File.WriteAllTextAsync(
            ListenerClient.At(_folder.Path, "other.yaml"), ListenerClient.Service("other", 11));
        Assert.Equal(["10.96.0.11_80"], (await client.NextAsync()).Keys);
        gate.SetResult();
        var listeners = await client.NextAsync();

        Assert.Equal(
            FakeKeyServer.KeySet("slow"), ListenerClient.Providers(listeners)["me"].LocalJwks.InlineString);
    }

    [Fact]
    public async Task Policy_ThatNamesAnotherAddress_IsNeverSeenWithoutKeys()
    {
        _server.Paths["/new"] = FakeKeyServer.Json(FakeKeyServer.KeySet("new"));
        await WritePolicyAsync("/jwks");
        await using var client = await ListenerClient.StartAsync(_folder.Path, "false");
        Assert.Equal(
            FakeKeyServer.KeySet("ours-jwks"),
            ListenerClient.Providers(await client.NextAsync())["me"].LocalJwks.InlineString);

        await WritePolicyAsync("/new");

        Assert.Equal(
            FakeKeyServer.KeySet("new"),
            ListenerClient.Providers(await client.NextAsync())["me"].LocalJwks.InlineString);
    }

    /// <summary>Whole at once: a policy that is read half would be gone for a moment. The timeout is beyond how long a
    /// policy waits.</summary>
    private async Task WritePolicyAsync(string path)
    {
        var file = ListenerClient.At(_folder.Path, "policy.yaml");
        await File.WriteAllTextAsync(file + ".part", $$"""
            apiVersion: security.istio.io/v1
            kind: RequestAuthentication
            metadata: {name: tokens, namespace: shop}
            spec: {jwtRules: [{issuer: me, jwksUri: "http://{{_server.Authority}}{{path}}", timeout: 60s}]}
            """);
        File.Move(file + ".part", file, overwrite: true);
    }
}
