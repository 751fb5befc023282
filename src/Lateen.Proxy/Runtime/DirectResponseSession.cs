using Lateen.Net;
using Lateen.Proxy.Tcp;

namespace Lateen.Proxy.Runtime;

/// <summary>The filters <c>direct_response</c> and <c>echo</c>; also what a chain without filters does:
/// close.</summary>
internal sealed class DirectResponseSession(DownstreamConnection downstream, DirectResponseConfig config)
    : TerminalFilter
{
    private readonly Connection _connection = downstream.Connection;

    internal override void Start()
    {
        if (config.IsEcho)
        {
            return;
        }

        downstream.Info.ResponseCodeDetails = ResponseDetails.DirectResponse;
        _connection.Output.Append(config.Response);
        _connection.Send();
        _connection.Close(CloseType.FlushWrite);
    }

    internal override void OnData()
    {
        _connection.Input.MoveTo(_connection.Output, _connection.Input.Length);
        _connection.Send();
    }

    internal override void OnEndOfStream() => _connection.EndWrite();

    internal override void OnAboveHighWatermark() => _connection.ReadDisable(true);

    internal override void OnBelowLowWatermark() => _connection.ReadDisable(false);

    internal override void OnClosed(CloseReason reason)
    {
    }
}
