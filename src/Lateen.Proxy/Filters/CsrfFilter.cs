using Lateen.Http;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Stats;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Filters;

/// <summary>The HTTP filter <c>csrf</c>: requests that change something must come from the own origin.</summary>
internal sealed class CsrfFilter : HttpFilter
{
    private static readonly byte[] Body = "Invalid origin"u8.ToArray();
    private static readonly byte[] Details = "csrf_origin_mismatch"u8.ToArray();

    private readonly StatsScope _scope;
    private readonly int _missing;
    private readonly int _invalid;
    private readonly int _valid;

    public CsrfFilter(StatsScope scope)
    {
        _scope = scope;
        _missing = scope.GetOrAdd("csrf.missing_source_origin");
        _invalid = scope.GetOrAdd("csrf.request_invalid");
        _valid = scope.GetOrAdd("csrf.request_valid");
    }

    public required CsrfPolicy Policy { get; init; }

    public override HttpFilterResult OnRequestHeaders(int worker, HeaderMap request, StreamInfo info)
    {
        var policy = Route.GetPerFilterConfig(info, Name) as CsrfPolicy ?? Policy;
        var enforced = policy.Enabled.IsHit(info.RandomValue, RuntimeSettings.Current);
        if (!ChangesSomething(request.Get(HeaderId.Method))
            || (!enforced && !policy.Shadow.IsHit(info.RandomValue, RuntimeSettings.Current)))
        {
            return HttpFilterResult.Continue;
        }
        var origin = request.Get(HeaderId.Origin);
        var source = HostOf(origin);
        if (source.IsEmpty)
        {
            source = HostOf(request.Get(HeaderId.Referer));
        }
        else if (origin.SequenceEqual("null"u8))
        {
            source = default;
        }
        if (source.IsEmpty)
        {
            _scope.Add(worker, _missing);
        }
        else if (source.SequenceEqual(request.Get(HeaderId.Authority)) || IsAdditional(policy, source))
        {
            _scope.Add(worker, _valid);
            return HttpFilterResult.Continue;
        }
        else
        {
            _scope.Add(worker, _invalid);
        }
        if (!enforced)
        {
            return HttpFilterResult.Continue;
        }
        info.ResponseCodeDetails = Details;
        return new HttpFilterResult(HttpFilterStatus.LocalReply, 403, Body);
    }

    private static bool ChangesSomething(ReadOnlySpan<byte> method) =>
        method.SequenceEqual("POST"u8) || method.SequenceEqual("PUT"u8) || method.SequenceEqual("DELETE"u8)
        || method.SequenceEqual("PATCH"u8);

    private static bool IsAdditional(CsrfPolicy policy, ReadOnlySpan<byte> source)
    {
        foreach (var matcher in policy.AdditionalOrigins)
        {
            if (matcher.IsMatch(source))
            {
                return true;
            }
        }
        return false;
    }

    /// <summary>Host and port of a URL; the text itself when it is none.</summary>
    private static ReadOnlySpan<byte> HostOf(ReadOnlySpan<byte> url)
    {
        var scheme = url.IndexOf("://"u8);
        if (scheme < 0)
        {
            return url;
        }
        var rest = url[(scheme + 3)..];
        var end = rest.IndexOfAny("/?#"u8);
        return end < 0 ? rest : rest[..end];
    }
}
