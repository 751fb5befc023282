using System.Text;
using Lateen.Grpc;
using Lateen.Net;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.ExtProc;

/// <content>How the talk ends, well or not.</content>
internal sealed partial class ExtProcSession
{
    /// <summary>Failures let the request pass, unless the service has part of a body already.</summary>
    private bool CanPassOn =>
        config.FailureModeAllow && _requestDuplex is not { HasSent: true } && _responseDuplex is not { HasSent: true };

    /// <summary>The stream is over.</summary>
    public void End()
    {
        _isEnded = true;
        Timer.Remove();
        _httpCall?.Cancel();
        _httpCall = null;
        if (_call is { } call)
        {
            _call = null;
            if (config.IsObserver && !IsDone)
            {
                ExtProcDeferredClose.Start(
                    stream.Worker, call, config.DeferredCloseNanos,
                    () => stats.Count(Worker, ExtProcStat.StreamsClosed));
                IsDone = true;
                return;
            }
            if (!IsDone)
            {
                stats.Count(Worker, ExtProcStat.StreamsClosed);
            }
            if (IsDone)
            {
                call.Reset();
            }
            else
            {
                call.CloseAndReset();
            }
        }
        IsDone = true;
    }

    void ITimerTarget.OnTimer(LoopTimer timer)
    {
        if (IsDone)
        {
            return;
        }
        stats.Count(Worker, ExtProcStat.MessageTimeouts);
        _talk.FinishAll((int)GrpcStatusCode.DeadlineExceeded, stream.Worker.NowNanos);
        Close();
        if (CanPassOn)
        {
            FailOpen();
            return;
        }
        Refuse(504, TimeoutDetails);
    }

    private void Close()
    {
        if (IsDone)
        {
            return;
        }
        IsDone = true;
        Timer.Stop();
        _httpCall?.Cancel();
        _httpCall = null;
        if (config.Http is null && _firstSent)
        {
            stats.Count(Worker, ExtProcStat.StreamsClosed);
            if (_isInMessage)
            {
                _call?.Reset();
            }
            else
            {
                _call?.CloseAndReset();
            }
        }
    }

    /// <summary>Ends the talk once neither direction has more to say.</summary>
    private void CloseIfFinished()
    {
        if (IsDone || config.IsObserver || _request != ExtProcPhase.Idle || _response != ExtProcPhase.Idle
            || _requestStage is { IsFinished: false } || _responseStage is { IsFinished: false } || _requestDuplex
                is { IsOpen: true }
            || _responseDuplex is { IsOpen: true })
        {
            return;
        }
        Close();
    }

    /// <summary>The last piece of a body has been answered and is about to go on.</summary>
    public void OnBodyFinished(bool isRequest)
    {
        if (!isRequest)
        {
            CloseIfFinished();
        }
    }

    /// <summary>The request's part is over: without one for the response the talk is too.</summary>
    private void CloseAfterRequest()
    {
        if (!_modes.ResponseHeaders && _modes.ResponseBody == BodyMode.None && !_modes.ResponseTrailers
            && _requestTrailers is null)
        {
            CloseIfFinished();
        }
    }

    /// <summary>What waits goes on as it is.</summary>
    private void PassOn()
    {
        var (request, response) = (_request, _response);
        var (isRequestHeld, isResponseHeld) = (_isRequestHeld, _isResponseHeld);
        _isRequestHeld = _isResponseHeld = false;
        _request = _response = ExtProcPhase.Idle;
        _requestStage?.Release();
        _requestDuplex?.Release();
        _responseStage?.Release();
        _responseDuplex?.Release();
        if (request == ExtProcPhase.Trailers)
        {
            _requestStage?.ReleaseTrailers();
            _requestTrailers?.Release();
        }
        if (isRequestHeld || request is not (ExtProcPhase.Idle or ExtProcPhase.Trailers))
        {
            stream.ResumeRequest(Filters.HttpFilterResult.Continue);
        }
        if (response == ExtProcPhase.Trailers)
        {
            _responseStage?.ReleaseTrailers();
            _responseTrailers?.Release();
        }
        if (isResponseHeld || response is not (ExtProcPhase.Idle or ExtProcPhase.Trailers))
        {
            stream.ContinueResponse();
        }
    }

    /// <summary>The failure does no harm.</summary>
    private void FailOpen()
    {
        stats.Count(Worker, ExtProcStat.FailureModeAllowed);
        _talk.HasFailedOpen = true;
        PassOn();
    }

    private void Refuse(int status, byte[] details)
    {
        _request = _response = ExtProcPhase.Idle;
        _isRequestHeld = _isResponseHeld = false;
        stats.Count(Worker, ExtProcStat.ImmediateResponsesSent);
        stream.SendLocalReply(status, default, ResponseFlags.None, details);
    }

    /// <summary>A message that fits nowhere.</summary>
    private void OnSpurious(byte[] details)
    {
        stats.Count(Worker, ExtProcStat.SpuriousMsgsReceived);
        _talk.FinishAll((int)GrpcStatusCode.FailedPrecondition, stream.Worker.NowNanos);
        Close();
        if (CanPassOn)
        {
            FailOpen();
            return;
        }
        Refuse(config.StatusOnError, details);
    }

    private void Fail(int status, string message)
    {
        stats.Count(Worker, ExtProcStat.StreamsFailed);
        IsDone = true;
        Timer.Stop();
        _talk.StatusBeforeFirstCall = _firstSent ? 0 : status;
        _talk.FinishAll(status, stream.Worker.NowNanos);
        if (CanPassOn)
        {
            stats.Count(Worker, ExtProcStat.ServerHalfClosed);
            stats.Count(Worker, ExtProcStat.StreamsClosed);
            FailOpen();
            return;
        }
        Refuse(
            config.StatusOnError,
            Encoding.UTF8.GetBytes($"ext_proc_error_gRPC_error_{status}{{{message.Replace(' ', '_')}}}"));
    }
}
