using Lateen.Http;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Runtime;

/// <content>Redirects of the upstream that the proxy follows itself.</content>
internal sealed partial class Router
{
    /// <summary>True when the request starts anew at another place instead of the response going on.</summary>
    private bool TryInternalRedirect(int status, bool endStream)
    {
        if (!_mayRedirect || _action!.InternalRedirects is not { } policy || Array.IndexOf(policy.Codes, status) < 0
            || !_stream.RequestComplete)
        {
            return false;
        }

        var request = _stream.Request;
        var (scheme, host, path) = (
            request.Get(HeaderId.Scheme).ToArray(), request.Get(HeaderId.Authority).ToArray(),
            request.Get(HeaderId.Path).ToArray());
        if (!_stream.Response.Contains(HeaderId.Location))
        {
            Count(ClusterStat.UpstreamInternalRedirectFailedTotal);
            return false;
        }

        if (CheckRedirect(policy) is { } refusal)
        {
            Count(ClusterStat.UpstreamInternalRedirectFailedTotal);
            _stream.Count(refusal);
            request.Set(HeaderId.Scheme, scheme);
            request.Set(HeaderId.Authority, host);
            request.Set(HeaderId.Path, path);
            return false;
        }

        Count(ClusterStat.UpstreamInternalRedirectSucceededTotal);
        request.Set(HeaderId.XEnvoyOriginalUrl, [.. scheme, .. "://"u8, .. host, .. path]);
        foreach (var name in policy.HeadersToCopy)
        {
            if (_stream.Response.TryGet(name, out var value))
            {
                request.Set(name, value);
            }
        }

        var keepsBody = status != 303 || request.Get(HeaderId.Method).SequenceEqual("HEAD"u8);
        if (!keepsBody)
        {
            request.Set(HeaderId.Method, "GET"u8);
            request.Remove(HeaderId.ContentLength);
        }

        var upstream = _upstream;
        _upstream = null;
        if (!endStream)
        {
            upstream?.Reset();
        }

        Info.CountResponse(_cluster!, _worker.Index, status);
        StopTimers();
        if (!keepsBody)
        {
            _body.Clear();
        }
        else
        {
            _body.MoveTo(_stream.BufferedBody, _body.Length);
        }

        _stream.Recreate(status, keepsBody);
        return true;
    }

    /// <summary>Puts the new place into the request; a statistic that tells why not, else.</summary>
    private HttpStat? CheckRedirect(InternalRedirectPolicy policy)
    {
        var request = _stream.Request;
        var location = _stream.Response.Get(HeaderId.Location);
        var separator = location.IndexOf("://"u8);
        if (separator <= 0)
        {
            return HttpStat.PassthroughInternalRedirectBadLocation;
        }

        var scheme = location[..separator];
        var isSame = scheme.SequenceEqual(request.Get(HeaderId.Scheme));
        if (!isSame && !policy.AllowCrossScheme)
        {
            return HttpStat.PassthroughInternalRedirectUnsafeScheme;
        }

        var isUnsafe = policy.SafeCrossScheme && scheme.SequenceEqual("https"u8) && Info.Connection.Tls is null;

        if (_stream.InternalRedirectCount >= policy.RedirectsMax)
        {
            return HttpStat.PassthroughInternalRedirectTooManyRedirects;
        }

        var rest = location[(separator + 3)..];
        var fragment = rest.IndexOf((byte)'#');
        rest = fragment < 0 ? rest : rest[..fragment];
        var slash = rest.IndexOf((byte)'/');
        request.Set(HeaderId.Scheme, scheme);
        request.Set(HeaderId.Authority, slash < 0 ? rest : rest[..slash]);
        request.Set(HeaderId.Path, slash < 0 ? "/"u8 : rest[slash..]);
        _stream.RefreshRoute();
        if (Info.Route is not { } route)
        {
            return HttpStat.PassthroughInternalRedirectNoRoute;
        }

        var isAllowed = !isUnsafe
            && (policy.AllowedRoutes is null || Array.IndexOf(policy.AllowedRoutes, route.Name) >= 0)
            && (!policy.NoPreviousRoutes || _stream.TryNoteRedirect(route));
        return isAllowed ? null : HttpStat.PassthroughInternalRedirectPredicate;
    }
}
