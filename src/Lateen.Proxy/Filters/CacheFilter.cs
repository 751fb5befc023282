using System.Globalization;
using System.Text;
using Lateen.Http;
using Lateen.Net;
using Lateen.Proxy.HttpCaching;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Filters;

/// <summary>
/// The HTTP filter <c>cache</c>: answers from what is stored, asks the origin when that is stale, and stores what
/// comes. Requests that may be cached go to the route's cluster as the proxy's own, past the filters that follow.
/// </summary>
internal sealed class CacheFilter : HttpFilter
{
    private const ResponseFlags UpstreamFlags = ResponseFlags.UpstreamConnectionFailure
        | ResponseFlags.UpstreamConnectionTermination | ResponseFlags.NoHealthyUpstream
        | ResponseFlags.UpstreamOverflow | ResponseFlags.UpstreamRemoteReset | ResponseFlags.UpstreamProtocolError;

    private static readonly RouterFilter _router = new() { Name = "cache", IsInternal = true };
    private static readonly byte[] _fromCache = "cache.response_from_cache_filter"u8.ToArray();

    /// <summary>Null: the filter does nothing.</summary>
    public SimpleHttpCache? Cache { get; init; }

    /// <summary>Headers that responses may vary by.</summary>
    public StringMatcher[] AllowedVary { get; init; } = [];

    public bool IgnoreRequestCacheControl { get; init; }

    public override HttpFilterResult OnRequest(HttpStream stream)
    {
        var (request, info) = (stream.Request, stream.Info);
        if (Cache is null || stream.HasBody || !CacheRules.CanServe(request))
        {
            return HttpFilterResult.Continue;
        }
        if (info.Route is not { Action: not null } route)
        {
            return Refuse(info, 404, "cache_no_route");
        }
        if (route.SelectCluster(info, request, stream.Worker.Clusters)?.Current is null)
        {
            return Refuse(info, 503, "cache_no_cluster");
        }
        var directives = IgnoreRequestCacheControl ? default : CacheDirectives.OfRequest(
            CacheEntry.Text(request, "cache-control"u8), CacheEntry.Text(request, "pragma"u8));
        var now = SecondsOf(stream);
        var lookup = new Lookup(directives, Cache.Find(request), CopyOf(request), now);
        stream.SetState(this, lookup);
        if (lookup.Entry is { } entry)
        {
            if (!entry.RequiresValidation(directives, now))
            {
                lookup.IsServed = true;
                return Serve(stream, entry, now);
            }
            lookup.IsValidating = true;
            AddValidators(request, entry.Headers);
        }
        stream.RouteDirectly(_router);
        return HttpFilterResult.Wait;
    }

    public override HttpFilterStatus OnResponse(HttpStream stream, bool endStream)
    {
        if (stream.GetState(this) is not Lookup { IsServed: false } lookup || Cache is null)
        {
            return HttpFilterStatus.Continue;
        }
        var (response, info) = (stream.Response, stream.Info);
        info.ResponseFlags &= ~UpstreamFlags;
        info.ResponseCodeDetails = ResponseDetails.ViaUpstream;
        if (lookup.IsValidating && info.ResponseCode == 304)
        {
            Freshen(stream, lookup.Entry!, lookup);
            return HttpFilterStatus.Continue;
        }
        if (lookup.Directives.NoStore || stream.IsHead
            || !CacheRules.CanKeep(response, info.ResponseCode, AllowedVary))
        {
            return HttpFilterStatus.Continue;
        }
        var headers = CopyOf(response);
        if (endStream)
        {
            Cache.Put(lookup.Request, new CacheEntry(headers, [], new HeaderMap(), SecondsOf(stream)));
        }
        else
        {
            stream.AddResponseStage(new CacheCapture(Cache, lookup.Request, headers, SecondsOf(stream)));
        }
        return HttpFilterStatus.Continue;
    }

    public override void OnStreamEnd(HttpStream stream)
    {
        if (stream.GetState(this) is Lookup)
        {
            // The request that went upstream was the proxy's own.
            stream.Info.AttemptCount = 0;
            stream.Info.UpstreamHost = null;
            stream.Info.UpstreamTransportFailureReason = null;
        }
    }

    private static HttpFilterResult Refuse(StreamInfo info, int status, string details)
    {
        info.ResponseCodeDetails = Encoding.ASCII.GetBytes(details);
        return new HttpFilterResult(HttpFilterStatus.LocalReply, status);
    }

    private static HttpFilterResult Serve(HttpStream stream, CacheEntry entry, long now)
    {
        var (response, info) = (stream.Response, stream.Info);
        ReadOnlySpan<byte> body = entry.Body;
        response.CopyFrom(entry.Headers);
        response.Remove("age"u8);
        response.Add("age"u8, Number(entry.AgeAt(now)));
        if (CacheRange.Of(stream.Request, body.Length) is { } range)
        {
            response.Set(HeaderId.Status, range.IsSatisfiable ? "206"u8 : "416"u8);
            response.Add("content-range"u8, Encoding.ASCII.GetBytes(range.IsSatisfiable
                ? $"bytes {range.Start}-{range.End - 1}/{body.Length}" : $"bytes */{body.Length}"));
            body = range.IsSatisfiable ? body[(int)range.Start..(int)range.End] : default;
            response.Set(HeaderId.ContentLength, Number(body.Length));
        }
        info.ResponseFlags |= ResponseFlags.ResponseFromCacheFilter;
        info.ResponseCodeDetails = _fromCache;
        var hasTrailers = entry.Trailers.Count > 0;
        if (stream.IsHead || (body.IsEmpty && !hasTrailers))
        {
            stream.EncodeHeaders(true);
            return HttpFilterResult.Wait;
        }
        stream.ResponseTrailers.CopyFrom(entry.Trailers);
        stream.EncodeHeaders(false);
        if (!body.IsEmpty && !stream.IsOver)
        {
            var chain = new BufferChain(stream.Worker.Loop.Buffers);
            chain.Append(body);
            stream.EncodeData(chain, body.Length, !hasTrailers);
        }
        if (hasTrailers && !stream.IsOver)
        {
            stream.EncodeTrailers();
        }
        return HttpFilterResult.Wait;
    }

    /// <summary>The origin says that the stored response is still good: it is sent, with the headers that came
    /// now.</summary>
    private void Freshen(HttpStream stream, CacheEntry entry, Lookup lookup)
    {
        var (response, info) = (stream.Response, stream.Info);
        var etag = CacheEntry.Text(response, "etag"u8);
        var keeps = etag.Length == 0 || etag == CacheEntry.Text(entry.Headers, "etag"u8);
        response.Set(HeaderId.Status, entry.Headers.Get(HeaderId.Status));
        response.Remove(HeaderId.ContentLength);
        var came = CopyOf(response);
        for (var i = 0; i < entry.Headers.Count; i++)
        {
            var name = entry.Headers.GetName(i);
            if (came.IndexOf(name) < 0 && !name.SequenceEqual("age"u8))
            {
                response.Add(name, entry.Headers.GetValue(i));
            }
        }
        if (keeps)
        {
            Cache!.Put(lookup.Request, entry with { Headers = CopyOf(response), ResponseSeconds = SecondsOf(stream) });
        }
        info.ResponseFlags |= ResponseFlags.ResponseFromCacheFilter;
        info.ResponseCodeDetails = _fromCache;
        if (!stream.IsHead && entry.Body.Length > 0)
        {
            stream.ReplaceResponseBody(entry.Body);
        }
    }

    private static void AddValidators(HeaderMap request, HeaderMap stored)
    {
        var etag = CacheEntry.HeaderValue(stored, "etag"u8);
        if (!etag.IsEmpty)
        {
            request.Add("if-none-match"u8, etag);
        }
        var modified = CacheEntry.HeaderValue(stored, "last-modified"u8);
        request.Add(
            "if-modified-since"u8,
            CacheEntry.DateOf(modified) is null ? stored.Get(HeaderId.Date) : modified);
    }

    private static HeaderMap CopyOf(HeaderMap headers)
    {
        var copy = new HeaderMap();
        copy.CopyFrom(headers);
        return copy;
    }

    private static byte[] Number(long value) =>
        Encoding.ASCII.GetBytes(value.ToString(CultureInfo.InvariantCulture));

    private static long SecondsOf(HttpStream stream) => stream.Worker.Loop.UnixNanos / 1_000_000_000;

    /// <summary>One request's use of the cache.</summary>
    private sealed record Lookup(CacheDirectives Directives, CacheEntry? Entry, HeaderMap Request, long Seconds)
    {
        /// <summary>The answer is the stored one as it is.</summary>
        public bool IsServed { get; set; }

        /// <summary>The origin has been asked whether the stored one is still good.</summary>
        public bool IsValidating { get; set; }
    }
}
