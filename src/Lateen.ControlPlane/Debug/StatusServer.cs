using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Lateen.ControlPlane.Debug;

/// <summary>The HTTP listeners of the control plane: both answer all pages.</summary>
internal sealed class StatusServer(IPEndPoint? status, IPEndPoint? monitoring, StatusPages pages) : IAsyncDisposable
{
    private WebApplication? _application;

    public IReadOnlyList<IPEndPoint> EndPoints { get; private set; } = [];

    public async Task StartAsync(CancellationToken cancellation)
    {
        if (status is null && monitoring is null)
        {
            return;
        }
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            foreach (var endPoint in new[] { status, monitoring }.Where(e => e is not null).Distinct())
            {
                kestrel.Listen(endPoint!);
            }
        });
        _application = builder.Build();
        _application.Run(AnswerAsync);
        await _application.StartAsync(cancellation).ConfigureAwait(false);
        EndPoints = [.. _application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!
            .Addresses.Select(a => new Uri(a.Replace("://+", "://0.0.0.0", StringComparison.Ordinal)))
            .Select(u => new IPEndPoint(IPAddress.Parse(u.Host.Trim('[', ']')), u.Port))];
    }

    public async ValueTask DisposeAsync()
    {
        if (_application is not null)
        {
            await _application.StopAsync(new CancellationToken(canceled: true)).ConfigureAwait(false);
            await _application.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task AnswerAsync(HttpContext http)
    {
        var query = http.Request.Query.ToDictionary(q => q.Key, q => q.Value.ToString());
        var local = http.Connection.RemoteIpAddress is { } peer && IPAddress.IsLoopback(peer);
        var page = await pages.GetAsync(http.Request.Path.Value ?? "/", query, local, http.RequestAborted)
            .ConfigureAwait(false);
        http.Response.StatusCode = page.Status;
        http.Response.ContentType = page.ContentType;
        await http.Response.WriteAsync(page.Text, http.RequestAborted).ConfigureAwait(false);
    }
}
