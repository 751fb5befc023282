using Lateen.Http;
using Lateen.Proxy.Http;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Stats;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Runtime;

/// <summary>
/// The connection manager's work on request headers, in Envoy's order: 1. versions and close; 2. 100-continue; 3. host,
/// path and their checks; 4. normalisation; 5. header changes (hop by hop, addresses, ids, certificate); 6. the route;
/// 7. upgrades.
/// </summary>
internal static class RequestPipeline
{
    private static readonly HeaderMap Continue = MakeContinue();

    /// <summary>False when the request has been answered.</summary>
    internal static bool Run(HttpStream stream)
    {
        if (!OverloadGate.Check(stream) || !CheckVersion(stream) || !ConnectionHeader.Apply(stream)
            || !CheckUnderscores(stream))
        {
            return false;
        }

        AnswerExpect(stream);
        if (!HostHeader.Check(stream) || !CheckPath(stream) || !CheckQuery(stream))
        {
            return false;
        }

        HostHeader.Normalize(stream);
        if (!ChangeHeaders(stream))
        {
            return false;
        }

        stream.FindRoute();
        ApplyRoute(stream);
        stream.DecideTrace();
        return CheckUpgrade(stream);
    }

    private static bool CheckVersion(HttpStream stream)
    {
        var config = stream.Config.Http1;
        if (!stream.IsHttp10 || stream.Info.Protocol == HttpProtocol.Http2)
        {
            return true;
        }

        if (!config.AcceptHttp10)
        {
            stream.Codec.CloseAfterResponse();
            CountProtocolError(stream);
            stream.SendLocalReply(426, "Upgrade Required"u8, ResponseFlags.DownstreamProtocolError,
                ResponseDetails.LowVersion);
            return false;
        }

        if (!stream.Request.Contains(HeaderId.Authority) && config.DefaultHostForHttp10.Length > 0)
        {
            stream.Request.Add(HeaderId.Authority, System.Text.Encoding.ASCII.GetBytes(config.DefaultHostForHttp10));
        }

        return true;
    }

    private static bool CheckUnderscores(HttpStream stream)
    {
        var action = stream.Config.HeadersWithUnderscores;
        if (action == HeadersWithUnderscoresAction.Allow)
        {
            return true;
        }

        var request = stream.Request;
        for (var i = request.Count - 1; i >= 0; i--)
        {
            if (!request.GetName(i).Contains((byte)'_'))
            {
                continue;
            }

            if (action == HeadersWithUnderscoresAction.RejectRequest)
            {
                stream.Codec.CloseAfterResponse();
                CountProtocolError(stream);
                CountCodec(stream, "requests_rejected_with_underscores_in_headers");
                stream.SendLocalReply(
                    400, "Bad Request"u8, ResponseFlags.DownstreamProtocolError, ResponseDetails.Underscore);
                return false;
            }

            request.RemoveAt(i);
            CountCodec(stream, "dropped_headers_with_underscores");
        }

        return true;
    }

    /// <summary>Statistics of the HTTP/1 codec, which are the process's; those of HTTP/2 count in the codec.</summary>
    private static void CountCodec(HttpStream stream, string name)
    {
        if (stream.Info.Protocol != HttpProtocol.Http2 && stream.Config.Http1Stats is { } stats)
        {
            stats.Add(stream.Worker.Index, stats.GetOrAdd(name));
        }
    }

    private static void AnswerExpect(HttpStream stream)
    {
        if (stream.Config.Proxy100Continue || !stream.Request.TryGet(HeaderId.Expect, out var expect)
            || !System.Text.Ascii.EqualsIgnoreCase(expect, "100-continue"u8))
        {
            return;
        }

        stream.Request.Remove(HeaderId.Expect);
        stream.Config.Stats.CountInterim(stream.Worker.Index, 100);
        stream.Codec.EncodeInformational(stream, Continue);
    }

    /// <summary>The request is refused for its form: what came of it is not waited for.</summary>
    internal static void CountProtocolError(HttpStream stream)
    {
        stream.Count(HttpStat.DownstreamCxProtocolError);
        stream.Codec.CountReset();
        stream.Count(HttpStat.DownstreamRqResponseBeforeRqComplete, stream.RequestComplete ? 1 : 0);
    }

    /// <summary>The method QUERY needs to say what its content is (draft-ietf-httpbis-safe-method-w-body).</summary>
    private static bool CheckQuery(HttpStream stream) =>
        !stream.Request.Get(HeaderId.Method).SequenceEqual("QUERY"u8) || stream.Request.Contains(HeaderId.ContentType)
            || Refuse(stream, 400, ResponseDetails.QueryWithoutContentType);

    private static bool CheckPath(HttpStream stream)
    {
        var path = stream.Request.Get(HeaderId.Path);
        if (path.IsEmpty)
        {
            return stream.IsConnect || Refuse(stream, 404, ResponseDetails.MissingPath);
        }

        if (path[0] != '/')
        {
            stream.Count(HttpStat.DownstreamRqNonRelativePath);
            return Refuse(stream, 404, ResponseDetails.AbsolutePath);
        }

        switch (PathNormalizer.Apply(stream.Request, stream.Config))
        {
            case PathNormalizer.Outcome.Rejected:
                stream.Count(HttpStat.DownstreamRqFailedPathNormalization);
                return Refuse(stream, 400, ResponseDetails.PathNormalization);
            case PathNormalizer.Outcome.Redirect:
                stream.Count(HttpStat.DownstreamRqRedirectedWithNormalizedPath);
                stream.Response.Clear();
                stream.Response.Add(HeaderId.Location, stream.Request.Get(HeaderId.Path));
                stream.SendDirectResponse(307, default, default, ResponseDetails.PathNormalization);
                return false;
            default:
                return true;
        }
    }

    internal static bool Refuse(HttpStream stream, int code, byte[] details)
    {
        if (code == 400 && !stream.OutlivesBadMessage)
        {
            stream.Codec.CloseAfterResponse();
        }

        stream.SendLocalReply(code, default, ResponseFlags.None, details);
        return false;
    }

    private static bool ChangeHeaders(HttpStream stream)
    {
        var request = stream.Request;
        var config = stream.Config;
        foreach (var mutation in config.EarlyMutations)
        {
            mutation.Apply(request, stream.Info);
        }

        if (!stream.IsUpgrade)
        {
            request.Remove(HeaderId.Connection);
            request.Remove(HeaderId.Upgrade);
            ConnectionHeader.ReduceTe(request);
        }

        request.Remove(HeaderId.XEnvoyInternal);
        request.Remove(HeaderId.KeepAlive);
        request.Remove(HeaderId.ProxyConnection);
        request.Remove(HeaderId.TransferEncoding);
        RemoveReferer(request);
        if (!ForwardedAddress.Apply(stream))
        {
            return false;
        }

        if (config.AddUserAgent)
        {
            request.Set(HeaderId.XEnvoyDownstreamServiceCluster, config.NodeCluster);
            if (!request.Contains(HeaderId.UserAgent))
            {
                request.Add(HeaderId.UserAgent, config.NodeCluster);
            }

            if (config.NodeId.Length > 0)
            {
                request.Set(HeaderId.XEnvoyDownstreamServiceNode, config.NodeId);
            }
        }

        if (config.Via.Length > 0)
        {
            ResponsePipeline.Append(request, HeaderId.Via, config.Via);
        }

        RequestIds.Apply(stream);
        ClientCertificateHeader.Apply(stream);
        return true;
    }

    private static void RemoveReferer(HeaderMap request)
    {
        if (request.TryGet(HeaderId.Referer, out var referer) && !Referer.IsValid(referer))
        {
            request.Remove(HeaderId.Referer);
        }
    }

    internal static void ApplyRoute(HttpStream stream)
    {
        stream.Info.UpstreamCluster = null;
        stream.Info.UpstreamClusterName = "";
        if (stream.Info.Route is { Action: { } action } route)
        {
            // Known to filters and logs even if the request never goes there.
            stream.Info.UpstreamCluster =
                route.SelectCluster(stream.Info, stream.Request, stream.Worker.Clusters)?.Current;
            long? duration = action.HasMaxStreamDuration || action.GrpcTimeoutHeaderMaxNanos is not null
                ? RouteTimeouts.StreamDuration(action, stream.Request)
                : null;
            stream.ApplyRouteTimeouts(action.IdleTimeoutNanos, duration);
        }
    }

    private static bool CheckUpgrade(HttpStream stream)
    {
        if (!stream.IsUpgrade && !stream.IsConnect)
        {
            return true;
        }

        var type = stream.IsConnect ? "connect"u8 : stream.Request.Get(HeaderId.Upgrade);
        var allowed = false;
        foreach (var (name, enabled) in stream.Config.Upgrades)
        {
            if (IsType(type, name))
            {
                allowed = enabled;
            }
        }

        if (stream.Info.Route is not { } route)
        {
            // Nothing tells where the tunnel's bytes would end.
            stream.Codec.CloseAfterResponse();
            stream.Count(HttpStat.DownstreamCxUpgradesTotal, allowed ? 1 : 0);
            return true;
        }

        foreach (var (name, enabled) in route.Action?.Upgrades ?? [])
        {
            if (IsType(type, name))
            {
                allowed = enabled;
            }
        }

        if (allowed)
        {
            stream.Count(HttpStat.DownstreamCxUpgradesTotal);
            return true;
        }

        stream.Count(HttpStat.DownstreamRqWsOnNonWsRoute);
        stream.Info.UpstreamCluster =
            route.SelectCluster(stream.Info, stream.Request, stream.Worker.Clusters)?.Current;
        stream.Codec.CloseAfterResponse();
        stream.SendLocalReply(403, default, ResponseFlags.None, ResponseDetails.UpgradeFailed);
        return false;
    }

    /// <summary>Whether an upgrade is of the type, which is in lower case.</summary>
    internal static bool IsType(ReadOnlySpan<byte> type, string name)
    {
        if (type.Length != name.Length)
        {
            return false;
        }

        for (var i = 0; i < type.Length; i++)
        {
            if ((type[i] | 0x20) != (name[i] | 0x20))
            {
                return false;
            }
        }

        return true;
    }

    private static HeaderMap MakeContinue()
    {
        var headers = new HeaderMap();
        headers.Add(HeaderId.Status, "100"u8);
        return headers;
    }
}
