using Lateen.Http;
using Lateen.Proxy.Addresses;
using Lateen.Proxy.Http;

namespace Lateen.Proxy.Runtime;

/// <summary>
/// Who the client is: x-forwarded-for, x-forwarded-proto and -port, the scheme, and whether the request counts as
/// internal, with the removal of headers that only internal requests may carry.
/// </summary>
internal static class ForwardedAddress
{
    private static readonly HeaderId[] InternalOnly =
    [
        HeaderId.XEnvoyRetriableStatusCodes, HeaderId.XEnvoyRetriableHeaderNames, HeaderId.XEnvoyRetryOn,
        HeaderId.XEnvoyRetryGrpcOn, HeaderId.XEnvoyMaxRetries, HeaderId.XEnvoyUpstreamAltStatName,
        HeaderId.XEnvoyUpstreamRqTimeoutMs, HeaderId.XEnvoyUpstreamRqPerTryTimeoutMs,
        HeaderId.XEnvoyUpstreamRqTimeoutAltResponse, HeaderId.XEnvoyExpectedRqTimeoutMs, HeaderId.XEnvoyForceTrace,
        HeaderId.XEnvoyIpTags, HeaderId.XEnvoyOriginalUrl, HeaderId.XEnvoyHedgeOnPerTryTimeout,
    ];

    private static readonly HeaderId[] EdgeOnly =
    [
        HeaderId.XEnvoyDecoratorOperation, HeaderId.XEnvoyDownstreamServiceCluster,
            HeaderId.XEnvoyDownstreamServiceNode,
        HeaderId.XEnvoyOriginalPath, HeaderId.XEnvoyOriginalHost,
    ];

    private static readonly HeaderIdSet InternalOnlySet = new(InternalOnly);
    private static readonly HeaderIdSet EdgeOnlySet = new(EdgeOnly);

    /// <summary>False when the request has been refused for its address.</summary>
    internal static bool Apply(HttpStream stream)
    {
        var config = stream.Config;
        var hops = config.Forwarding.XffNumTrustedHops;
        var request = stream.Request;
        var connection = stream.Info.Connection;
        var isTls = connection.Tls is not null;
        var hadForwardedFor = request.Contains(HeaderId.XForwardedFor);
        Address trusted;
        bool trustChecks;
        if (config.Forwarding.UseRemoteAddress)
        {
            trustChecks = !hadForwardedFor;
            trusted = hops > 0 && TryGetFromRight(request, hops, out var hop)
                ? hop
                : connection.RemoteAddress;
            if (!config.Forwarding.SkipXffAppend)
            {
                AppendRemote(request, connection.RemoteAddress.Ip);
            }

            if (hops == 0 || !request.Contains(HeaderId.XForwardedProto))
            {
                request.Set(HeaderId.XForwardedProto, isTls ? "https"u8 : "http"u8);
            }

            AppendPort(stream, request);
        }
        else if (config.Forwarding.IpDetection.Length > 0)
        {
            if (!TryDetect(stream, out trusted, out trustChecks))
            {
                return false;
            }
        }
        else
        {
            trustChecks = hops == 0 && hadForwardedFor
                && !request.Get(HeaderId.XForwardedFor).Contains((byte)',');
            trusted = TryGetFromRight(request, hops + 1, out var last) ? last
                : connection.RemoteAddress;
        }

        if (!request.Contains(HeaderId.XForwardedProto))
        {
            request.Add(HeaderId.XForwardedProto, isTls ? "https"u8 : "http"u8);
        }

        if (!request.Contains(HeaderId.XForwardedPort))
        {
            AppendPort(stream, request);
        }

        SetScheme(config, request, isTls);
        stream.Info.RemoteAddress = trusted;
        stream.Info.IsInternal = trustChecks && !trusted.IsEmpty && config.IsInternal(trusted);
        MarkInternal(stream, request);
        return true;
    }

    private static void MarkInternal(HttpStream stream, HeaderMap request)
    {
        if (stream.Info.IsInternal)
        {
            request.Set(HeaderId.XEnvoyInternal, "true"u8);
            return;
        }

        RemoveAll(request, InternalOnly, InternalOnlySet);
        foreach (var name in stream.Config.FindRoutes(request)?.InternalOnlyHeaders ?? [])
        {
            request.Remove(name);
        }

        if (!stream.Config.Forwarding.UseRemoteAddress)
        {
            return;
        }

        RemoveAll(request, EdgeOnly, EdgeOnlySet);
        Span<byte> text = stackalloc byte[IpAddress.TextBytesMax];
        var ip = stream.Info.RemoteAddress.Ip;
        if (!ip.IsEmpty)
        {
            request.Set(HeaderId.XEnvoyExternalAddress, text[..ip.Format(text)]);
        }
    }

    private static void RemoveAll(HeaderMap request, HeaderId[] ids, HeaderIdSet set)
    {
        if (!request.ContainsAny(set))
        {
            return;
        }

        foreach (var id in ids)
        {
            request.Remove(id);
        }
    }

    private static void SetScheme(HttpConnectionManagerConfig config, HeaderMap request, bool isTls)
    {
        if (config.SchemeToOverwrite is { } scheme)
        {
            request.Set(HeaderId.Scheme, scheme);
            request.Set(HeaderId.XForwardedProto, scheme);
            return;
        }

        if (request.Contains(HeaderId.Scheme))
        {
            return;
        }

        var proto = request.Get(HeaderId.XForwardedProto);
        if (System.Text.Ascii.EqualsIgnoreCase(proto, "https"u8))
        {
            request.Add(HeaderId.Scheme, "https"u8);
        }
        else if (System.Text.Ascii.EqualsIgnoreCase(proto, "http"u8))
        {
            request.Add(HeaderId.Scheme, "http"u8);
        }
        else
        {
            request.Add(HeaderId.Scheme, isTls ? "https"u8 : "http"u8);
        }
    }

    /// <summary>A peer on loopback is written as the proxy's own address, since 127.0.0.1 would say nothing further
    /// on.</summary>
    /// <summary>Asks the extensions in turn; false when one of them has refused the request.</summary>
    private static bool TryDetect(HttpStream stream, out Address trusted, out bool trustChecks)
    {
        var config = stream.Config;
        var request = stream.Request;
        var connection = stream.Info.Connection;
        trustChecks = false;
        trusted = connection.RemoteAddress;
        foreach (var detection in config.Forwarding.IpDetection)
        {
            var found = detection.Detect(request, connection.RemoteAddress, out var address, out trustChecks);
            if (detection.AppendsPeer)
            {
                AppendRemote(request, connection.RemoteAddress.Ip);
            }

            if (found)
            {
                trusted = address;
                break;
            }

            if (detection.RejectStatus > 0)
            {
                stream.Count(Stats.HttpStat.DownstreamRqRejectedViaIpDetection);
                stream.SendLocalReply(
                    detection.RejectStatus, default, Streams.ResponseFlags.None, ResponseDetails.DetectionFailed);
                return false;
            }
        }

        return true;
    }

    private static void AppendRemote(HeaderMap request, IpAddress remote)
    {
        var ip = IsOwnLoopback(remote) && MachineAddress.Find(remote.IsV6) is { IsEmpty: false } own ? own : remote;
        Append(request, ip);
    }

    /// <summary>Adds an address to x-forwarded-for; that of a Unix socket is none.</summary>
    internal static void Append(HeaderMap request, IpAddress address)
    {
        if (!address.IsEmpty)
        {
            Span<byte> text = stackalloc byte[IpAddress.TextBytesMax];
            request.Append(HeaderId.XForwardedFor, text[..address.Format(text)], ","u8);
        }
    }

    private static bool IsOwnLoopback(IpAddress ip) =>
        ip.Equals(IpAddress.FromV4(0x7F000001)) || ip.Equals(IpAddress.FromV6(0, 1));

    private static void AppendPort(HttpStream stream, HeaderMap request)
    {
        var config = stream.Config;
        if (!config.Forwarding.AppendXForwardedPort
            || (config.Forwarding.XffNumTrustedHops > 0 && request.Contains(HeaderId.XForwardedPort)))
        {
            return;
        }

        Span<byte> text = stackalloc byte[5];
        stream.Info.Connection.LocalAddress.Port.TryFormat(text, out var written);
        request.Set(HeaderId.XForwardedPort, text[..written]);
    }

    /// <summary>The n-th address from the right of x-forwarded-for, counted from 1.</summary>
    internal static bool TryGetFromRight(HeaderMap request, int n, out Address address)
    {
        address = default;
        if (!request.TryGet(HeaderId.XForwardedFor, out var list))
        {
            return false;
        }

        for (var i = 1; ; i++)
        {
            var comma = list.LastIndexOf((byte)',');
            var element = (comma < 0 ? list : list[(comma + 1)..]).Trim(" \t"u8);
            if (i == n)
            {
                if (!IpAddress.TryParse(element, out var ip))
                {
                    return false;
                }

                address = new Address(ip, 0);
                return true;
            }

            if (comma < 0)
            {
                return false;
            }

            list = list[..comma];
        }
    }
}
