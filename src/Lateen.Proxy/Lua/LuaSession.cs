using Lateen.Http;
using Lateen.Net.Scripting;
using Lateen.Proxy.Filters;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Lua;

/// <summary>The scripts' runs of one stream: one for the request, one for the response.</summary>
internal sealed partial class LuaSession(HttpStream stream, LuaFilter filter, LuaScript script) : ILuaHost
{
    private static readonly byte[] RespondDetails = "lua_response"u8.ToArray();
    private static double _ids;

    private readonly double _id = ++_ids;
    private LuaRun? _run;
    private HttpCall? _call;
    private bool _isResponse;
    private bool _wantsBody;
    private bool _bodyHere;
    private bool _isResuming;
    private object?[]? _early;
    private (int Status, byte[] Body)? _answer;
    private bool _routeCleared;

    public HttpFilterResult OnRequest()
    {
        if (!script.HasRequest)
        {
            return HttpFilterResult.Continue;
        }
        Start("envoy_on_request", false);
        return RequestResult();
    }

    public HttpFilterResult OnRequestBody(bool isComplete)
    {
        if (!isComplete)
        {
            return BufferFilter.Refuse(stream);
        }
        _bodyHere = true;
        Step(BodyOf(stream.BufferedBody));
        return RequestResult();
    }

    public HttpFilterStatus OnResponse()
    {
        if (!script.HasResponse)
        {
            return HttpFilterStatus.Continue;
        }
        Abandon();
        Start("envoy_on_response", true);
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
        _bodyHere = true;
        Step(BodyOf(stream.ResponsePath.Held));
        return ResponseStatus();
    }

    /// <summary>The stream is over, or its script is not wanted any more.</summary>
    public void Abandon()
    {
        _call?.Cancel();
        _call = null;
        _run?.Release();
        _run = null;
        _wantsBody = _bodyHere = false;
        _answer = null;
    }

    private static byte[]? BodyOf(Net.BufferChain held)
    {
        if (held.IsEmpty)
        {
            return null;
        }
        var body = new byte[held.Length];
        held.CopyTo(body);
        return body;
    }

    private void Start(string function, bool isResponse)
    {
        _isResponse = isResponse;
        _bodyHere = false;
        if (script.MachineOf(stream.Worker.Index) is not { } machine)
        {
            return;
        }
        filter.CountRun(stream.Worker.Index);
        _run = machine.Prepare("__start");
        Step(function, _id, isResponse ? "response" : "request");
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
            _wantsBody = false;
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
            }
            if (outcome != LuaOutcome.Waits || _answer is not null)
            {
                _run = null;
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
        if (_run is null)
        {
            return HttpFilterResult.Continue;
        }
        return _wantsBody
            ? new HttpFilterResult(HttpFilterStatus.AwaitBody, BodyBytesMax: HttpStream.HeldResponseBytesMax)
            : HttpFilterResult.Wait;
    }

    private HttpFilterStatus ResponseStatus() =>
        _run is null ? HttpFilterStatus.Continue : _wantsBody ? HttpFilterStatus.AwaitBody : HttpFilterStatus.Wait;

    /// <summary>What the script waited for has come from outside a filter's turn.</summary>
    private void OnCallDone(object?[] results)
    {
        if (_isResuming)
        {
            _early = results;
            return;
        }
        Step(results);
        if (_isResponse)
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
        if (_run is null)
        {
            stream.ContinueResponse();
        }
        else if (_wantsBody)
        {
            stream.ContinueResponse();
        }
    }

    /// <summary>A response that went on after a call may still want its body.</summary>
    public HttpFilterStatus OnResponseContinued() => ResponseStatus();

    private HeaderMap HeadersOf(string of) => of switch
    {
        "request" => stream.Request,
        "response" => stream.Response,
        "request-trailers" => stream.RequestTrailers,
        _ => stream.ResponseTrailers,
    };
}
