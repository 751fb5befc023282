using System.Text;
using Lateen.Http;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Filters;

/// <summary>The HTTP filter <c>api_key_auth</c>: a key names the client.</summary>
internal sealed class ApiKeyAuthFilter : HttpFilter
{
    private static readonly byte[] Unauthorized = "Client authentication failed."u8.ToArray();
    private static readonly byte[] Forbidden = "Client is forbidden."u8.ToArray();

    private readonly StatsScope _scope;
    private readonly int _allowed;
    private readonly int _unauthorized;
    private readonly int _forbidden;

    public ApiKeyAuthFilter(StatsScope scope)
    {
        _scope = scope;
        _allowed = scope.GetOrAdd("api_key_auth.allowed");
        _unauthorized = scope.GetOrAdd("api_key_auth.unauthorized");
        _forbidden = scope.GetOrAdd("api_key_auth.forbidden");
    }

    public required ApiKeySettings Settings { get; init; }

    public override HttpFilterResult OnRequest(HttpStream stream)
    {
        var worker = stream.Worker.Index;
        var route = Route.GetPerFilterConfig(stream.Info, Name) as ApiKeySettings;
        var sources = route is { Sources.Length: > 0 } ? route.Sources : Settings.Sources;
        var keys = route is { Clients.Count: > 0 } ? route.Clients : Settings.Clients;
        var key = Find(stream.Request, sources);
        if (key is null)
        {
            return Deny(stream, _unauthorized, 401, Unauthorized, "missing_api_key");
        }
        if (!keys.TryGetValue(key, out var client))
        {
            return Deny(stream, _unauthorized, 401, Unauthorized, "unknown_api_key");
        }
        if (route is { AllowedClients.Count: > 0 } && !route.AllowedClients.Contains(client))
        {
            return Deny(stream, _forbidden, 403, Forbidden, "client_not_allowed");
        }
        // A route's settings forward what they say themselves, not what the filter's do.
        var forwarding = route ?? Settings;
        if (forwarding.ForwardHeader is { } forward)
        {
            stream.Request.Set(forward, Encoding.UTF8.GetBytes(client));
        }
        if (forwarding.HidesCredentials)
        {
            foreach (var source in sources)
            {
                source.Remove(stream.Request);
            }
        }
        _scope.Add(worker, _allowed);
        return HttpFilterResult.Continue;
    }

    private static string? Find(HeaderMap request, ApiKeySource[] sources)
    {
        foreach (var source in sources)
        {
            if (source.TryGet(request, out var value) && value.Length > 0)
            {
                return Encoding.UTF8.GetString(value);
            }
        }
        return null;
    }

    private HttpFilterResult Deny(HttpStream stream, int stat, int code, byte[] body, string details)
    {
        _scope.Add(stream.Worker.Index, stat);
        stream.Info.ResponseCodeDetails = Encoding.ASCII.GetBytes(details);
        return new HttpFilterResult(HttpFilterStatus.LocalReply, code, body);
    }
}
