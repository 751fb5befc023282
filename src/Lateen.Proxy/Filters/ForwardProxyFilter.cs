using System.Globalization;
using System.Text;
using Lateen.Http;
using Lateen.Proxy.Dns;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Filters;

/// <summary>
/// The filter <c>dynamic_forward_proxy</c>: the request's host is looked up before the router asks the cluster of that
/// kind for it.
/// </summary>
internal sealed class ForwardProxyFilter : HttpFilter
{
    private static readonly byte[] CacheOverflow = [.. "DNS cache overflow"u8];
    private static readonly byte[] PendingOverflow = [.. "Dynamic forward proxy pending request overflow"u8];
    private static readonly byte[] Failure = [.. "DNS resolution failure"u8];

    public required DnsCache Cache { get; init; }

    /// <summary>Keeps the address found in the filter state <c>envoy.stream.upstream_address</c>.</summary>
    public bool SavesAddress { get; init; }

    public override HttpFilterResult OnRequest(HttpStream stream)
    {
        var info = stream.Info;
        if (info.Route is not { Action: not null } route
            || route.SelectCluster(info, stream.Request, stream.Worker.Clusters)?.Current is not { } cluster
            || cluster.Provider is not ForwardProxyHosts)
        {
            return HttpFilterResult.Continue;
        }
        if (!Cache.TryWait())
        {
            return Refuse(stream, PendingOverflow, "dynamic_forward_proxy_pending_request_overflow",
                ResponseFlags.None);
        }
        var isSecure = cluster.Config.TransportSocket.Tls is not null;
        var waiting = new Waiting(Cache);
        stream.SetState(this, waiting);
        var authority = stream.Request.Get(HeaderId.Authority);
        if (Route.GetPerFilterConfig(info, Name) is ForwardProxyRouteSettings settings)
        {
            // As Envoy 1.40 has it: the rewritten host is looked up, then the cluster goes by the request's own.
            waiting.NextKey = KeyOf(authority, isSecure);
            authority = Rewritten(stream.Request, settings);
        }
        return Look(stream, waiting, KeyOf(authority, isSecure));
    }

    private HttpFilterResult Look(HttpStream stream, Waiting waiting, byte[] keyBytes)
    {
        var key = Encoding.ASCII.GetString(keyBytes);
        var colon = key.LastIndexOf(':');
        var (name, port) = (key[..colon], int.Parse(key.AsSpan(colon + 1), CultureInfo.InvariantCulture));
        var entry = Cache.Find(key) is { IsResolved: true } known ? known : Cache.Resolve(key, name, port, () =>
            stream.Worker.Loop.TryPost(_ => OnResolved(stream, waiting), null));
        if (entry is null)
        {
            waiting.End();
            return Refuse(stream, CacheOverflow, "dns_cache_overflow", ResponseFlags.None);
        }
        waiting.Entry = entry;
        if (!entry.IsResolved)
        {
            return HttpFilterResult.Wait;
        }
        return Conclude(stream, waiting, entry);
    }

    public override void OnStreamEnd(HttpStream stream) => (stream.GetState(this) as Waiting)?.End();

    /// <summary>The cache's name for a host: <c>name:port</c>, the port from the host or by the scheme.</summary>
    internal static byte[] KeyOf(ReadOnlySpan<byte> authority, bool isSecure)
    {
        var (name, port) = Split(authority, isSecure);
        return Encoding.ASCII.GetBytes($"{name}:{port}");
    }

    /// <summary>Host, without brackets and in lower case, and port.</summary>
    internal static (string Name, int Port) Split(ReadOnlySpan<byte> authority, bool isSecure)
    {
        var text = Encoding.ASCII.GetString(authority);
        var port = isSecure ? 443 : 80;
        var colon = text.LastIndexOf(':');
        if (colon > 0 && !text.EndsWith(']') && int.TryParse(text.AsSpan(colon + 1), out var own))
        {
            (text, port) = (text[..colon], own);
        }
        return (text.Trim('[', ']').ToLowerInvariant(), port);
    }

    private static ReadOnlySpan<byte> Rewritten(HeaderMap request, ForwardProxyRouteSettings settings) =>
        settings.HostRewrite.Length > 0 ? settings.HostRewrite
        : settings.HostHeader is { } header && request.TryGet(header, out var host) ? host
        : request.Get(HeaderId.Authority);

    private void OnResolved(HttpStream stream, Waiting waiting)
    {
        if (!waiting.IsOver && ReferenceEquals(stream.GetState(this), waiting))
        {
            stream.ResumeRequest(Conclude(stream, waiting, waiting.Entry!));
        }
    }

    private HttpFilterResult Conclude(HttpStream stream, Waiting waiting, DnsCacheEntry entry)
    {
        var isLast = waiting.NextKey is null && waiting.WasRewritten;
        if (!entry.Address.IsEmpty && waiting.NextKey is { } next)
        {
            waiting.NextKey = null;
            waiting.WasRewritten = true;
            return Look(stream, waiting, next);
        }
        waiting.End();
        if (entry.Address.IsEmpty && isLast)
        {
            // The cluster has no host of that name then, and says so.
            return HttpFilterResult.Continue;
        }
        if (entry.Address.IsEmpty)
        {
            var reason = entry.Details.Replace(' ', '_');
            return Refuse(
                stream, Failure, reason.Length > 0 ? $"dns_resolution_failure{{{reason}}}" : "dns_resolution_failure",
                ResponseFlags.DnsResolutionFailed);
        }
        if (SavesAddress)
        {
            stream.Info.SetFilterState("envoy.stream.upstream_address", Encoding.ASCII.GetBytes($"{entry.Address}"));
        }
        return HttpFilterResult.Continue;
    }

    private static HttpFilterResult Refuse(HttpStream stream, byte[] body, string details, ResponseFlags flag)
    {
        stream.Info.ResponseFlags |= flag;
        stream.Info.ResponseCodeDetails = Encoding.ASCII.GetBytes(details);
        return new HttpFilterResult(HttpFilterStatus.LocalReply, 503, body);
    }

    /// <summary>A request's place among those that wait for a name.</summary>
    private sealed class Waiting(DnsCache cache)
    {
        public DnsCacheEntry? Entry { get; set; }

        /// <summary>Looked up next; null: nothing.</summary>
        public byte[]? NextKey { get; set; }

        /// <summary>The rewritten host has been found.</summary>
        public bool WasRewritten { get; set; }

        public bool IsOver { get; private set; }

        public void End()
        {
            if (!IsOver)
            {
                IsOver = true;
                cache.EndWait();
            }
        }
    }
}
