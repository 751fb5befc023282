using Lateen.Http;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.Exports;

/// <summary>
/// A gRPC stream of one worker on which messages only go out, as access log and metrics services have it. It is opened
/// with the first message and again after it has broken. What the peer cannot take is refused, not kept.
/// </summary>
internal sealed class GrpcOutput(Worker worker, ExportTarget target) : IGrpcStreamUser
{
    /// <summary>Bytes that wait for the connection at most.</summary>
    private const int WaitingBytesMax = 1024 * 1024;

    private GrpcStream? _call;

    /// <summary>The next message is the first of a stream.</summary>
    public bool IsFirst => _call is null;

    /// <summary>False when the message cannot go: no host, no connection, or the peer reads too slowly.</summary>
    public bool TrySend(ReadOnlySpan<byte> message)
    {
        if (_call is null)
        {
            if (target.Cluster.Current is not { } cluster)
            {
                return false;
            }

            _call = new GrpcStream(worker, cluster, this);
            target.Prepare(_call.Request);
            _call.Request.Set(HeaderId.XEnvoyInternal, "true"u8);
            MachineAddress.AppendTo(_call.Request);
        }
        else if (_call.IsFull || _call.WaitingBytes > WaitingBytesMax)
        {
            return false;
        }

        _call.SendFramed(GrpcFrameReader.Frame(message));
        return _call is not null;
    }

    // Answers tell nothing.
    void IGrpcStreamUser.OnMessage(ReadOnlyMemory<byte> message)
    {
    }

    void IGrpcStreamUser.OnClosed(in GrpcStreamEnd end) => _call = null;
}
