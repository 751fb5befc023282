using Lateen.Core.Logging;
using Lateen.Http;
using Lateen.Net;
using Lateen.Net.Scripting;
using Lateen.Proxy.Filters;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Lua;

/// <summary>A script's run for one direction of a stream.</summary>
internal sealed partial class LuaSession(HttpStream stream, LuaFilter filter, LuaScript script, bool isResponse)
    : ILuaHost
{
    private static readonly byte[] RespondDetails = "lua_response"u8.ToArray();
    private static double _ids;

    private readonly double _id = ++_ids;
    private LuaRun? _run;
    private HttpCall? _call;
    private LuaBodyStage? _stage;
    private bool _isFirstTurn;
    private bool _bodyHere;
    private bool _isResuming;
    private object?[]? _early;
    private int _pieceLength;
    private byte[]? _changedPiece;
    private (int Status, byte[] Body)? _answer;
    private bool _routeCleared;

    /// <summary>What the script waits for.</summary>
    public LuaWait Wait { get; private set; }

    /// <summary>The script has not come to its end.</summary>
    public bool IsRunning => _run is not null;

    /// <summary>The headers have gone on, and the script reads the body along.</summary>
    public bool HasPassed => _stage is not null;

    public HttpFilterResult OnRequest()
    {
        Start("envoy_on_request", "request");
        return RequestResult();
    }

    public HttpFilterResult OnRequestBody(bool isComplete)
    {
        if (!isComplete)
        {
            return BufferFilter.Refuse(stream);
        }
        OnWholeBody(stream.BufferedBody);
        return RequestResult();
    }

    public HttpFilterStatus OnResponse()
    {
        Start("envoy_on_response", "response");
        return ResponseStatus();
    }

    public HttpFilterStatus OnResponseBody(bool isComplete)
    {
        if (!isComplete)
        {
            stream.SendLocalReply(
                500, "Internal Server Error"u8, ResponseFlags.None, ResponseDetails.ResponsePayloadTooLarge);
            return HttpFilterStatus.Wait;
        }
        OnWholeBody(stream.ResponsePath.Held);
        return ResponseStatus();
    }

    /// <summary>A piece of the body passes; gives what the script makes of it, null: it stays.</summary>
    public byte[]? OnPiece(BufferChain data, int length, bool end)
    {
        if (Wait == LuaWait.Piece)
        {
            var piece = new byte[length];
            data.CopyTo(piece.AsSpan(0, length));
            _changedPiece = null;
            _pieceLength = length;
            Step(piece);
            return _changedPiece;
        }
        if (Wait == LuaWait.Trailers && end)
        {
            Step(false);
        }
        return null;
    }

    /// <summary>The body has ended with trailers.</summary>
    public void OnTrailers()
    {
        if (Wait == LuaWait.Piece)
        {
            Step([null]);
        }
        else if (Wait == LuaWait.Trailers)
        {
            Step(true);
        }
    }

    /// <summary>The stream is over, or its script is not wanted any more.</summary>
    public void Abandon()
    {
        _call?.Cancel();
        _call = null;
        _run?.Release();
        _run = null;
        _bodyHere = false;
        Wait = LuaWait.None;
        _answer = null;
    }

    private static byte[]? BodyOf(BufferChain held)
    {
        if (held.IsEmpty)
        {
            return null;
        }
        var body = new byte[held.Length];
        held.CopyTo(body);
        return body;
    }

    private void OnWholeBody(BufferChain held)
    {
        _bodyHere = true;
        if (Wait == LuaWait.Trailers)
        {
            Step(Trailers.Count > 0);
        }
        else
        {
            Step(BodyOf(held));
        }
    }

    private void Start(string function, string of)
    {
        if (script.MachineOf(stream.Worker.Index) is not { } machine)
        {
            return;
        }
        filter.CountRun(stream.Worker.Index);
        _run = machine.Prepare("__start");
        _isFirstTurn = true;
        Step(function, _id, of);
        _isFirstTurn = false;
    }

    /// <summary>The script goes on until it is over or waits.</summary>
    private void Step(params object?[] values)
    {
        if (_run is not { } run)
        {
            return;
        }
        while (true)
        {
            Wait = LuaWait.None;
            _isResuming = true;
            var outcome = run.Resume(this, values);
            _isResuming = false;
            if (outcome == LuaOutcome.Waits && _early is { } early)
            {
                _early = null;
                values = early;
                continue;
            }
            if (outcome == LuaOutcome.Failed)
            {
                filter.CountError(stream.Worker.Index);
                Write(LogLevel.Error, run.LastError);
            }
            if (outcome != LuaOutcome.Waits || _answer is not null)
            {
                _run = null;
                Wait = LuaWait.None;
                run.Release();
            }
            return;
        }
    }

    private HttpFilterResult RequestResult()
    {
        if (_routeCleared)
        {
            _routeCleared = false;
            stream.RefreshRoute();
        }
        if (_answer is { } answer)
        {
            _answer = null;
            stream.Info.ResponseCodeDetails = RespondDetails;
            return new HttpFilterResult(HttpFilterStatus.LocalReply, answer.Status, answer.Body);
        }
        if (_run is null || HasPassed)
        {
            return HttpFilterResult.Continue;
        }
        return Wait == LuaWait.Call
            ? HttpFilterResult.Wait
            : new HttpFilterResult(HttpFilterStatus.AwaitBody, BodyBytesMax: HttpStream.HeldResponseBytesMax);
    }

    private HttpFilterStatus ResponseStatus() =>
        _run is null || HasPassed ? HttpFilterStatus.Continue
            : Wait == LuaWait.Call ? HttpFilterStatus.Wait
            : HttpFilterStatus.AwaitBody;

    /// <summary>What the script waited for has come from outside a filter's turn.</summary>
    private void OnCallDone(object?[] results)
    {
        if (_isResuming)
        {
            _early = results;
            return;
        }
        var hadPassed = HasPassed;
        Step(results);
        if (hadPassed)
        {
            if (Wait != LuaWait.Call)
            {
                _stage!.Release();
            }
        }
        else if (isResponse)
        {
            ResumeResponse();
        }
        else
        {
            ResumeRequest();
        }
    }

    private void ResumeRequest()
    {
        var result = RequestResult();
        if (result.Status != HttpFilterStatus.Wait)
        {
            stream.ResumeRequest(result);
        }
    }

    private void ResumeResponse()
    {
        if (_run is null || Wait != LuaWait.Call)
        {
            stream.ContinueResponse();
        }
    }

    /// <summary>A response that went on after a call may still want its body.</summary>
    public HttpFilterStatus OnResponseContinued() => ResponseStatus();

    private HeaderMap Trailers => isResponse ? stream.ResponseTrailers : stream.RequestTrailers;

    private HeaderMap HeadersOf(string of) => of switch
    {
        "request" => stream.Request,
        "response" => stream.Response,
        "request-trailers" => stream.RequestTrailers,
        _ => stream.ResponseTrailers,
    };

    private void Write(LogLevel level, string text)
    {
        var log = stream.Worker.ScriptLog;
        if (log.IsEnabled(level))
        {
            log.Write(level, "script log: " + text);
        }
    }
}
