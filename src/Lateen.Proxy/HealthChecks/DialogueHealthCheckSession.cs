using Lateen.Proxy.Clusters;

namespace Lateen.Proxy.HealthChecks;

/// <summary>Checks by one question and its answer on a connection that checks of a host share.</summary>
internal abstract class DialogueHealthCheckSession(HealthChecker checker, Host host)
    : ConnectionHealthCheckSession(checker, host)
{
    /// <summary>Bytes of an answer at most; a longer one is none.</summary>
    private const int LongestAnswerBytes = 64 * 1024;

    protected override int AnswerBytesMax => LongestAnswerBytes + 1;

    /// <summary>What the answer means so far.</summary>
    /// <param name="answer">All that has come since the question.</param>
    /// <param name="isFirst">It is the connection's first.</param>
    protected abstract HealthCheckVerdict Judge(ReadOnlySpan<byte> answer, bool isFirst);

    protected override void OnAnswer()
    {
        var verdict = Answer.Length > LongestAnswerBytes
            ? HealthCheckVerdict.Broken
            : Judge(Answer.Written, IsFirst);
        if (verdict == HealthCheckVerdict.Unknown)
        {
            return;
        }
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
}
