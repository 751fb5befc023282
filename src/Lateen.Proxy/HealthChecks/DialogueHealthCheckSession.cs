using Lateen.Net;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.HealthChecks;

/// <summary>Checks by one question and its answer on a connection that checks of a host share.</summary>
internal abstract class DialogueHealthCheckSession(HealthChecker checker, Host host)
    : HealthCheckSession(checker, host), IConnectionCallbacks
{
    /// <summary>Bytes of an answer at most; a longer one is none.</summary>
    private const int AnswerBytesMax = 64 * 1024;

    private readonly Host _target = checker.CreateTarget(host);
    private readonly ByteBuffer _answer = new();
    private Connection? _connection;
    private bool _isChecking;
    private bool _isNew;

    /// <summary>Writes the question.</summary>
    /// <param name="output">The connection's.</param>
    /// <param name="isFirst">It is the connection's first.</param>
    protected abstract void Ask(BufferChain output, bool isFirst);

    /// <summary>What the answer means so far.</summary>
    /// <param name="answer">All that has come since the question.</param>
    /// <param name="isFirst">It is the connection's first.</param>
    protected abstract HealthCheckVerdict Judge(ReadOnlySpan<byte> answer, bool isFirst);

    /// <summary>A connection comes or goes.</summary>
    protected virtual void CountConnection(int change)
    {
    }

    /// <summary>A question is under way, or over.</summary>
    protected virtual void CountQuestion(int change)
    {
    }

    public void OnConnected(Connection connection)
    {
        if (ReferenceEquals(connection, _connection))
        {
            SendQuestion();
        }
    }

    public void OnData(Connection connection)
    {
        var input = connection.Input;
        while (!input.IsEmpty)
        {
            _answer.Write(input.First);
            input.Consume(input.First.Length);
        }
        if (!_isChecking || !ReferenceEquals(connection, _connection))
        {
            return;
        }
        var verdict = _answer.Length > AnswerBytesMax ? HealthCheckVerdict.Broken : Judge(_answer.Written, _isNew);
        if (verdict == HealthCheckVerdict.Unknown)
        {
            return;
        }
        _isNew = false;
        End();
        if (!Config.ReuseConnection || verdict == HealthCheckVerdict.Broken)
        {
            Cancel();
        }
        if (verdict == HealthCheckVerdict.Healthy)
        {
            OnSuccess(false);
        }
        else
        {
            OnFailure(
                verdict == HealthCheckVerdict.Broken ? HealthCheckFailure.Network : HealthCheckFailure.Active, false);
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

    protected override void Check()
    {
        _answer.Clear();
        _isChecking = true;
        if (_connection is { State: ConnectionState.Open })
        {
            SendQuestion();
            return;
        }
        _connection = UpstreamConnector.Connect(Worker, _target, this, Checker.Overrides, out _);
        if (_connection is null)
        {
            _isChecking = false;
            OnFailure(HealthCheckFailure.Network, false);
            return;
        }
        _isNew = true;
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

    private void End()
    {
        if (_isChecking)
        {
            _isChecking = false;
            CountQuestion(-1);
        }
    }

    private void SendQuestion()
    {
        if (!_isNew)
        {
            CountQuestion(1);
        }
        Ask(_connection!.Output, _isNew);
        _connection.Send();
    }
}
