using Lateen.Proxy.Overload;
using Lateen.Proxy.Stats;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Runtime;

/// <summary>Refuses requests while the overload manager says so.</summary>
internal static class OverloadGate
{
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
