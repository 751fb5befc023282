using Lateen.Proxy.Http;
using Lateen.Proxy.Overload;
using Lateen.Proxy.Stats;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Runtime;

/// <summary>Refuses requests while the overload manager says so.</summary>
internal static class OverloadGate
{
    /// <summary>False when the connection was closed before it has a codec, or its codec may not read.</summary>
    internal static bool CheckDispatch(HttpServerCodec codec)
    {
        var owner = codec.Owner;
        if (!codec.HasDispatched && !CheckCodec(owner, codec.Config))
        {
            codec.Uncount();
            return false;
        }

        codec.HasDispatched = true;
        if (owner.Sheds(LoadShedPointKind.Http2ServerGoAwayAndCloseOnDispatch))
        {
            codec.ForceGoAway();
            return false;
        }

        if (owner.Sheds(LoadShedPointKind.Http2ServerGoAwayOnDispatch))
        {
            codec.DrainSoon();
        }

        if (codec.Protocol == HttpProtocol.Http2 || !owner.Sheds(LoadShedPointKind.Http1ServerAbortDispatch))
        {
            return true;
        }

        codec.Config.Stats.Add(owner.Worker.Index, HttpStat.DownstreamRqOverloadClose);
        codec.AbortDispatch();
        return false;
    }

    /// <summary>False when the connection was closed in place of making a codec.</summary>
    internal static bool CheckCodec(DownstreamConnection owner, HttpConnectionManagerConfig config)
    {
        if (!owner.Sheds(LoadShedPointKind.HcmOndataCreatingCodec))
        {
            return true;
        }

        config.Stats.Add(owner.Worker.Index, HttpStat.DownstreamRqOverloadClose);
        owner.Close(Net.CloseType.NoFlush);
        return false;
    }

    /// <summary>False when the request has been answered.</summary>
    internal static bool Check(HttpStream stream)
    {
        var worker = stream.Worker;
        if (stream.Codec.Owner.Snapshot.BypassesOverloadManager
            || !(worker.Overload.Applies(OverloadActionKind.StopAcceptingRequests, stream.Info.RandomValue)
                || worker.Overload.Sheds(
                    LoadShedPointKind.HttpConnectionManagerDecodeHeaders, worker.Index, stream.Info.RandomValue)))
        {
            return true;
        }

        stream.Config.Stats.Add(worker.Index, HttpStat.DownstreamRqOverloadClose);
        stream.SendLocalReply(503, "envoy overloaded"u8, ResponseFlags.None, ResponseDetails.Overload);
        return false;
    }
}
