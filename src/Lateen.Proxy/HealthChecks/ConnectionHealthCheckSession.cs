using Lateen.Net;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.HealthChecks;

/// <summary>Checks by bytes on a connection that the checks of a host may share.</summary>
internal abstract class ConnectionHealthCheckSession(HealthChecker checker, Host host)
    : HealthCheckSession(checker, host), IConnectionCallbacks
{
    private readonly Host _target = checker.CreateTarget(host);
    private Connection? _connection;
    private bool _isChecking;

    /// <summary>What has come since the question, or without one; no more than <see cref="AnswerBytesMax"/>.</summary>
    protected ByteBuffer Answer { get; } = new();

    /// <summary>Bytes of an answer that are kept at most; what follows is dropped.</summary>
    protected abstract int AnswerBytesMax { get; }

    /// <summary>No answer has come on the connection yet.</summary>
    protected bool IsFirst { get; private set; }

    public void OnConnected(Connection connection)
    {
        if (ReferenceEquals(connection, _connection))
        {
            Send();
        }
    }

    public void OnData(Connection connection)
    {
        var input = connection.Input;
        while (!input.IsEmpty)
        {
            var piece = input.First;
            Answer.Write(piece[..Math.Min(piece.Length, AnswerBytesMax - Answer.Length)]);
            input.Consume(piece.Length);
        }
        if (_isChecking && ReferenceEquals(connection, _connection))
        {
            OnAnswer();
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
        CountConnection(-1);
        if (_isChecking)
        {
            End();
            OnFailure(HealthCheckFailure.Network, false);
        }
    }

    /// <summary>Writes the question.</summary>
    /// <param name="output">The connection's.</param>
    /// <param name="isFirst">It is the connection's first.</param>
    protected abstract void Ask(BufferChain output, bool isFirst);

    /// <summary>More of the answer has come.</summary>
    protected abstract void OnAnswer();

    /// <summary>The question has been sent.</summary>
    protected virtual void OnAsked()
    {
    }

    /// <summary>A connection comes or goes.</summary>
    protected virtual void CountConnection(int change)
    {
    }

    /// <summary>A question is under way, or over.</summary>
    protected virtual void CountQuestion(int change)
    {
    }

    /// <summary>The check is over; the connection stays for the next one.</summary>
    protected void End()
    {
        if (_isChecking)
        {
            _isChecking = false;
            IsFirst = false;
            CountQuestion(-1);
        }
    }

    protected override void Check()
    {
        Answer.Clear();
        _isChecking = true;
        if (_connection is { State: ConnectionState.Open })
        {
            Send();
            return;
        }
        _connection = UpstreamConnector.Connect(Worker, _target, this, Checker.Overrides, out _);
        if (_connection is null)
        {
            _isChecking = false;
            OnFailure(HealthCheckFailure.Network, false);
            return;
        }
        IsFirst = true;
        CountConnection(1);
        CountQuestion(1);
    }

    protected override void Cancel()
    {
        End();
        if (_connection is not { } connection)
        {
            return;
        }
        _connection = null;
        CountConnection(-1);
        connection.Close(CloseType.NoFlush);
    }

    private void Send()
    {
        if (!IsFirst)
        {
            CountQuestion(1);
        }
        Ask(_connection!.Output, IsFirst);
        _connection.Send();
        OnAsked();
    }
}
