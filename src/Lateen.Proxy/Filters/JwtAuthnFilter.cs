using System.Text;
using Lateen.Http;
using Lateen.Proxy.Jwt;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.Filters;

/// <summary>The HTTP filter <c>jwt_authn</c>. Source: <c>jwt_authn.v3.JwtAuthentication</c>.</summary>
internal sealed class JwtAuthnFilter : HttpFilter
{
    private const int GrpcUnauthenticated = 16;
    private const int GrpcPermissionDenied = 7;

    public required JwtAuthnStats Stats { get; init; }

    /// <summary>The first that matches decides.</summary>
    public required (RouteMatcher Match, JwtRequirement Requirement)[] Rules { get; init; }

    /// <summary>By name, for routes.</summary>
    public required IReadOnlyDictionary<string, JwtRequirement> Named { get; init; }

    /// <summary>Name of the filter state that chooses; empty: none.</summary>
    public string FilterStateName { get; init; } = "";

    /// <summary>By the text of the filter state.</summary>
    public IReadOnlyDictionary<string, JwtRequirement> ByFilterState { get; init; } =
        new Dictionary<string, JwtRequirement>();

    public bool BypassCorsPreflight { get; init; }

    /// <summary>Say nothing about why.</summary>
    public bool StripFailureResponse { get; init; }

    /// <summary>Providers whose keys the listener waits for.</summary>
    public JwtProvider[] Awaited { get; init; } = [];

    public override bool IsSettled => Array.TrueForAll(Awaited, static provider => provider.IsSettled);

    /// <summary>Headers that only this filter may set.</summary>
    public required HeaderName[] OwnHeaders { get; init; }

    public override HttpFilterResult OnRequest(HttpStream stream)
    {
        var (request, info, worker) = (stream.Request, stream.Info, stream.Worker.Index);
        if (BypassCorsPreflight && request.Get(HeaderId.Method).SequenceEqual("OPTIONS"u8)
            && request.Contains(HeaderId.Origin) && request.Contains(HeaderId.AccessControlRequestMethod))
        {
            Stats.CountPreflight(worker);
            Stats.Count(worker, true);
            return HttpFilterResult.Continue;
        }
        JwtRequirement? requirement;
        if (Route.GetPerFilterConfig(info, Name) is JwtRouteSettings settings)
        {
            if (settings.Disabled)
            {
                Stats.Count(worker, true);
                return HttpFilterResult.Continue;
            }
            if (!Named.TryGetValue(settings.RequirementName, out requirement))
            {
                return Refuse(stream, settings.RequirementName);
            }
        }
        else
        {
            requirement = Choose(stream);
        }
        if (requirement is null)
        {
            Stats.Count(worker, true);
            return HttpFilterResult.Continue;
        }
        foreach (var name in OwnHeaders)
        {
            request.Remove(name);
        }
        return Check(stream, requirement, new JwtCheck(stream, Stats));
    }

    public override void OnStreamEnd(HttpStream stream)
    {
        if (stream.GetState(this) is JwtCheck check)
        {
            check.Call?.Cancel();
        }
    }

    private JwtRequirement? Choose(HttpStream stream)
    {
        var (request, info) = (stream.Request, stream.Info);
        var path = QueryString.PathOnly(request.Get(HeaderId.Path));
        foreach (var (match, requirement) in Rules)
        {
            if (match.IsMatch(request, path, stream.IsConnect && match.Path.Kind == PathMatchKind.Connect, info))
            {
                return requirement;
            }
        }
        return FilterStateName.Length > 0 && info.GetFilterState(FilterStateName) is string state
            ? ByFilterState.GetValueOrDefault(state)
            : null;
    }

    private HttpFilterResult Check(HttpStream stream, JwtRequirement requirement, JwtCheck check)
    {
        while (true)
        {
            check.Begin();
            var status = requirement.Check(check);
            if (status is not null)
            {
                return Finish(stream, status);
            }
            var provider = check.Wanted!;
            if (provider.Fetch is { Cluster.Current: { } cluster } fetch)
            {
                stream.SetState(this, check);
                return Fetch(stream, requirement, check, fetch, cluster);
            }
            Stats.CountFetch(stream.Worker.Index, false);
            check.OnFetchFailed();
        }
    }

    private HttpFilterResult Fetch(
        HttpStream stream, JwtRequirement requirement, JwtCheck check, JwtFetch fetch, Clusters.Cluster cluster)
    {
        var provider = check.Wanted!;
        var isDone = false;
        var call = fetch.Start(stream.Worker, cluster, OnFetched);
        check.Call = isDone ? check.Call : call;
        return HttpFilterResult.Wait;

        void OnFetched(JwtKeySet? keys)
        {
            isDone = true;
            check.Call = null;
            Stats.CountFetch(stream.Worker.Index, keys is not null);
            if (keys is null)
            {
                check.OnFetchFailed();
            }
            else
            {
                provider.SetKeys(keys, stream.Worker.NowNanos + fetch.KeysNanos);
            }
            stream.ResumeRequest(Check(stream, requirement, check));
        }
    }

    private HttpFilterResult Finish(HttpStream stream, JwtStatus status)
    {
        var allowed = status == JwtStatus.Ok;
        Stats.Count(stream.Worker.Index, allowed);
        if (allowed)
        {
            return HttpFilterResult.Continue;
        }
        stream.Info.ResponseCodeDetails = DetailsOf(status.Text);
        if (!StripFailureResponse)
        {
            stream.LocalReplyHeaders.Add("www-authenticate"u8, Challenge(stream, status));
        }
        return new HttpFilterResult(
            HttpFilterStatus.LocalReply, status.IsForbidden ? 403 : 401,
            StripFailureResponse ? [] : Encoding.UTF8.GetBytes(status.Text),
            status.IsForbidden ? GrpcPermissionDenied : GrpcUnauthenticated);
    }

    private HttpFilterResult Refuse(HttpStream stream, string name)
    {
        Stats.Count(stream.Worker.Index, false);
        var names = string.Join(',', Named.Keys.Order(StringComparer.Ordinal));
        var text = $"Wrong requirement_name: {name}. It should be one of [{names}]";
        stream.Info.ResponseCodeDetails = DetailsOf(text);
        return new HttpFilterResult(
            HttpFilterStatus.LocalReply, 403, Encoding.UTF8.GetBytes($"Failed JWT authentication: {text}"),
            GrpcPermissionDenied);
    }

    private static byte[] DetailsOf(string text) =>
        Encoding.UTF8.GetBytes($"jwt_authn_access_denied{{{text.Replace(' ', '_')}}}");

    private static byte[] Challenge(HttpStream stream, JwtStatus status)
    {
        var request = stream.Request;
        var url = $"{Encoding.UTF8.GetString(request.Get(HeaderId.Scheme))}://"
            + Encoding.UTF8.GetString(request.Get(HeaderId.Authority))
            + Encoding.UTF8.GetString(request.Get(HeaderId.Path));
        var error = status == JwtStatus.Missing ? "" : ", error=\"invalid_token\"";
        return Encoding.UTF8.GetBytes($"Bearer realm=\"{url}\"{error}");
    }
}

/// <summary>Settings of a route.</summary>
internal sealed record JwtRouteSettings(bool Disabled, string RequirementName);
