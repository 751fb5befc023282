using System.Text;
using Lateen.Http;
using Lateen.Proxy.Config;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Runtime;
using Lateen.Xds;

namespace Lateen.Proxy.Filters;

/// <summary>
/// The HTTP filter <c>on_demand</c>: holds a request whose virtual host or cluster is not known, and asks for it.
/// </summary>
internal sealed class OnDemandFilter : HttpFilter
{
    public required ProxyResources Resources { get; init; }

    /// <summary>Where unknown clusters are asked for; null: nowhere.</summary>
    public OnDemandClusters? Clusters { get; init; }

    public override HttpFilterResult OnRequest(HttpStream stream)
    {
        var info = stream.Info;
        if (info.Route is null && stream.Config.Routes.Current is { VirtualHostSource: { } source } table)
        {
            var name = HostName(table.Name, stream.Request.Get(HeaderId.Authority));
            return Wait(stream, 0, done => Resources.OnDemand.Ask(
                TypeUrls.VirtualHost, name, source, "", done));
        }
        if (info.Route is null && stream.Config.ScopedRoutes is { Scopes.RoutesSource: { } tables } scoped
            && scoped.Find(stream.Request)
                is { Routes: { Source: not null, Current: null, IsGivenUp: false } routes } scope)
        {
            Resources.Scopes.Ask(scoped.Scopes, scope);
            return Wait(stream, 0, done =>
            {
                Resources.OnDemand.Ask(TypeUrls.RouteConfiguration, routes.Name, tables, "", done, isKept: false);
                if (routes.Current is not null)
                {
                    // It has come in between, and need not come again.
                    Resources.OnDemand.Answer(TypeUrls.RouteConfiguration, tables.Scope(routes.Name));
                }
            });
        }
        var clusters = Route.GetPerFilterConfig(info, Name) is OnDemandClusters own ? own : Clusters;
        if (clusters is null || info.Route is not { Action: { } action } route
            || route.SelectCluster(info, stream.Request, stream.Worker.Clusters)?.Current is not null)
        {
            return HttpFilterResult.Continue;
        }
        var wanted = ClusterName(stream, route, action);
        return wanted.Length == 0
            ? HttpFilterResult.Continue
            : Wait(stream, clusters.TimeoutNanos, done => Resources.OnDemand.Ask(
                TypeUrls.Cluster, wanted, clusters.Source, "", done));
    }

    public override void OnStreamEnd(HttpStream stream) => (stream.GetState(this) as OnDemandWait)?.Cancel();

    private static string ClusterName(HttpStream stream, Route route, RouteAction action)
    {
        if (action.ClusterHeader is { } header)
        {
            return stream.Request.TryGet(header, out var name) ? Encoding.UTF8.GetString(name) : "";
        }
        return (route.Cluster ?? action.Cluster)?.Name ?? "";
    }

    /// <summary><c>TABLE/host</c>, in lower case and without port.</summary>
    private static string HostName(string table, ReadOnlySpan<byte> authority)
    {
        var colon = authority.LastIndexOf((byte)':');
        if (colon > 0 && !authority[colon..].Contains((byte)']'))
        {
            authority = authority[..colon];
        }
        return $"{table}/{Encoding.ASCII.GetString(authority).ToLowerInvariant()}";
    }

    private HttpFilterResult Wait(HttpStream stream, long timeoutNanos, Action<Action> ask)
    {
        var wait = new OnDemandWait(stream);
        stream.SetState(this, wait);
        wait.Start(timeoutNanos);
        var worker = stream.Worker;
        ask(() => worker.Loop.TryPost(static state => ((OnDemandWait)state!).Resume(), wait));
        return HttpFilterResult.Wait;
    }
}
