using Lateen.Http;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Stats;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Runtime;

/// <content>Answers without an upstream: what the route says itself, or a cluster that takes no requests.</content>
internal sealed partial class Router
{
    private static readonly RedirectAction OwnUrl = new();

    private void AnswerDirectly(Route route)
    {
        _stream.Count(HttpStat.RqDirectResponse);
        _stream.Response.Clear();
        if (route.Redirect is { } redirect)
        {
            if (redirect.PrefixRewrite is not null || redirect.RegexRewrite is not null)
            {
                PathRewriter.RewritePath(redirect.PrefixRewrite, redirect.RegexRewrite, route.Match.Path,
                    _stream.Request, _filter!.SuppressEnvoyHeaders);
            }

            var location = Scratch.Rewritten;
            redirect.WriteLocation(location, _stream.Request, Info);
            _stream.Response.Add(HeaderId.Location, location.Written);
            _stream.SendDirectResponse(redirect.ResponseCode, default, default, ResponseDetails.DirectResponse);
            return;
        }

        var direct = route.DirectResponse!;
        if (direct.HasLocation)
        {
            var location = Scratch.Rewritten;
            OwnUrl.WriteLocation(location, _stream.Request, Info);
            _stream.Response.Add(HeaderId.Location, location.Written);
        }

        ReadOnlySpan<byte> body = direct.Body;
        var type = "text/plain"u8;
        if (direct.BodyFormat is { } format)
        {
            var text = new ByteBuffer();
            format.Format.Write(
                text, Info, new Formatting.FormatContext(AccessLog.AccessLogType.NotSet, 0, direct.Body));
            body = text.ToArray();
            type = System.Text.Encoding.ASCII.GetBytes(format.ContentType);
        }

        _stream.SendDirectResponse(direct.Status, body, type, ResponseDetails.DirectResponse);
    }

    /// <summary>The cluster takes no requests now: its maintenance, or the drop policy of its assignment.</summary>
    private bool IsDropped(Cluster cluster)
    {
        var maintenance = RuntimeSettings.Current.GetNumber(cluster.MaintenanceKey, 0);
        if (maintenance > 0 && Info.RandomValue % 100 < maintenance)
        {
            Count(ClusterStat.UpstreamRqMaintenanceMode);
            cluster.Drops.Count(_worker.Index, false);
            Info.CountResponse(cluster, _worker.Index, 503);
            _stream.SendLocalReply(
                503, "maintenance mode"u8, ResponseFlags.UpstreamOverflow, ResponseDetails.MaintenanceMode, -1, true);
            return true;
        }

        if (cluster.DropShare.Numerator == 0 || !cluster.DropShare.IsHit(Info.RandomValue, RuntimeSettings.Current))
        {
            return false;
        }

        cluster.Drops.Count(_worker.Index, true);
        Info.CountResponse(cluster, _worker.Index, 503);
        var isAlways = cluster.DropShare.Numerator >= cluster.DropShare.Denominator;
        _stream.LocalReplyHeaders.Add(
            isAlways ? "x-envoy-unconditional-drop-overload"u8 : "x-envoy-drop-overload"u8, "true"u8);
        _stream.SendLocalReply(
            503, isAlways ? "unconditional drop overload"u8 : "drop overload"u8,
            isAlways ? ResponseFlags.UnconditionalDropOverload : ResponseFlags.DropOverload,
            isAlways ? ResponseDetails.UnconditionalDropOverload : ResponseDetails.DropOverload);
        return true;
    }
}
