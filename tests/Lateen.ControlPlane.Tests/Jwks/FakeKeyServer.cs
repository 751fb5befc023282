using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Lateen.ControlPlane.Tests.Jwks;

/// <summary>Serves key sets, and answers that are none, on a free port of the loopback device.</summary>
internal sealed class FakeKeyServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private FakeKeyServer(WebApplication app) => _app = app;

    /// <summary>Host and port.</summary>
    public string Authority => new Uri(_app.Services.GetRequiredService<IServer>().Features
        .Get<IServerAddressesFeature>()!.Addresses.First()).Authority;

    /// <summary>Answers of the paths, a key set at <c>/jwks</c> until it is replaced.</summary>
    public Dictionary<string, Func<HttpContext, Task>> Paths { get; } = new()
    {
        ["/jwks"] = Json(KeySet("ours-jwks")),
    };

    public static string KeySet(string id) => $$"""{"keys":[{"kty":"oct","kid":"{{id}}","k":"c2VjcmV0"}]}""";

    public static Func<HttpContext, Task> Json(string text, int status = 200) => context =>
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(text);
    };

    public static Func<HttpContext, Task> Redirect(string location) => context =>
    {
        context.Response.Redirect(location);
        return Task.CompletedTask;
    };

    public static async Task<FakeKeyServer> StartAsync()
    {
        var app = WebApplication.CreateSlimBuilder().Build();
        app.Urls.Add($"http://{IPAddress.Loopback}:0");
        var server = new FakeKeyServer(app);
        app.Run(context => server.Paths.TryGetValue(context.Request.Path, out var answer)
            ? answer(context) : Json("", 404)(context));
        await app.StartAsync();
        return server;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
