using Lateen.Net;
using Lateen.Proxy.Clusters;

namespace Lateen.Proxy.HealthChecks;

/// <summary>Checks by connections, with bytes to send and to expect or without.</summary>
internal sealed class TcpHealthCheckSession(HealthChecker checker, Host host)
    : ConnectionHealthCheckSession(checker, host)
{
    protected override int AnswerBytesMax => Config.ResponseBytesMax;

    protected override void Ask(BufferChain output, bool isFirst)
    {
        if (Config.ProxyProtocolVersion > 0)
        {
            output.Append(Config.ProxyProtocolVersion == 1
                ? "PROXY UNKNOWN\r\n"u8
                : [0x0D, 0x0A, 0x0D, 0x0A, 0, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A, 0x20, 0, 0, 0]);
        }
        if (Config.Send.Length > 0)
        {
            output.Append(Config.Send);
        }
    }

    protected override void OnAsked()
    {
        if (Config.Receive.Length == 0)
        {
            Succeed();
        }
    }

    protected override void OnAnswer()
    {
        if (Config.Receive.Length > 0 && PayloadMatcher.IsMatch(Config.Receive, Answer.Written))
        {
            Succeed();
        }
    }

    private void Succeed()
    {
        End();
        if (!Config.ReuseConnection || Config.Receive.Length == 0)
        {
            Cancel();
        }
        OnSuccess(false);
    }
}
