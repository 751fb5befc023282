using Lateen.Net;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.HealthChecks;

/// <summary>Checks by connections, with bytes to send and to expect or without.</summary>
internal sealed class TcpHealthCheckSession(HealthChecker checker, Host host)
    : HealthCheckSession(checker, host), IConnectionCallbacks
{
    private readonly Host _target = checker.CreateTarget(host);
    private readonly ByteBuffer _answer = new();
    private Connection? _connection;
    private bool _isChecking;

    public void OnConnected(Connection connection)
    {
        if (ReferenceEquals(connection, _connection))
        {
            SendPayload();
        }
    }

    public void OnData(Connection connection)
    {
        var input = connection.Input;
        while (!input.IsEmpty)
        {
            var piece = input.First;
            if (_answer.Length < Config.ResponseBytesMax)
            {
                _answer.Write(piece[..Math.Min(piece.Length, Config.ResponseBytesMax - _answer.Length)]);
            }
            input.Consume(piece.Length);
        }
        if (_isChecking && ReferenceEquals(connection, _connection) && Config.Receive.Length > 0
            && PayloadMatcher.IsMatch(Config.Receive, _answer.Written))
        {
            Succeed();
        }
    }

    public void OnEndOfStream(Connection connection) => connection.Close(CloseType.NoFlush);

    public void OnAboveHighWatermark(Connection connection)
    {
    }

    public void OnBelowLowWatermark(Connection connection)
    {
    }

    public void OnClosed(Connection connection, CloseReason reason)
    {
        if (!ReferenceEquals(connection, _connection))
        {
            return;
        }
        _connection = null;
        if (_isChecking)
        {
            _isChecking = false;
            OnFailure(HealthCheckFailure.Network, false);
        }
    }

    protected override void Check()
    {
        _answer.Clear();
        _isChecking = true;
        if (_connection is { State: ConnectionState.Open })
        {
            SendPayload();
            return;
        }
        _connection = UpstreamConnector.Connect(Worker, _target, this, Checker.Overrides, out _);
        if (_connection is null)
        {
            _isChecking = false;
            OnFailure(HealthCheckFailure.Network, false);
        }
    }

    protected override void Cancel()
    {
        _isChecking = false;
        var connection = _connection;
        _connection = null;
        connection?.Close(CloseType.NoFlush);
    }

    private void SendPayload()
    {
        var connection = _connection!;
        if (Config.ProxyProtocolVersion > 0)
        {
            connection.Output.Append(Config.ProxyProtocolVersion == 1
                ? "PROXY UNKNOWN\r\n"u8
                : [0x0D, 0x0A, 0x0D, 0x0A, 0, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A, 0x20, 0, 0, 0]);
        }
        if (Config.Send.Length > 0)
        {
            connection.Output.Append(Config.Send);
        }
        connection.Send();
        if (Config.Receive.Length == 0)
        {
            Succeed();
        }
    }

    private void Succeed()
    {
        _isChecking = false;
        if (!Config.ReuseConnection || Config.Receive.Length == 0)
        {
            Cancel();
        }
        OnSuccess(false);
    }
}
