using Google.Protobuf.WellKnownTypes;
using Lateen.Proxy.Lua;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Stats;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Filters;

/// <summary>The HTTP filter <c>lua</c>. A script that fails lets the request go on.</summary>
internal sealed class LuaFilter(StatsScope scope, string prefix) : HttpFilter
{
    private readonly int _errors = scope.GetOrAdd($"lua.{prefix}errors");
    private readonly int _runs = scope.GetOrAdd($"lua.{prefix}executions");

    public override bool FitsAttempts => true;

    /// <summary>The script where routes say nothing; null: none.</summary>
    public LuaScript? Default { get; init; }

    public required Dictionary<string, LuaScript> Named { get; init; }

    /// <summary>A request whose headers a script changed gets its route anew.</summary>
    public bool ClearsRoute { get; init; } = true;

    /// <summary>Told to scripts where routes have nothing to tell.</summary>
    public Struct? Context { get; init; }

    public void CountError(int worker) => scope.Add(worker, _errors);

    public void CountRun(int worker) => scope.Add(worker, _runs);

    /// <summary>What the route leaves for scripts.</summary>
    public Struct? ContextOf(StreamInfo info) =>
        (Route.GetPerFilterConfig(info, Name) as LuaRouteSettings)?.Context ?? Context;

    public override HttpFilterResult OnRequest(HttpStream stream)
    {
        var script = Route.GetPerFilterConfig(stream.Info, Name) switch
        {
            LuaRouteSettings { Script: { } own } => own,
            LuaRouteSettings { ScriptName: { } name } => Named.GetValueOrDefault(name),
            _ => Default,
        };
        if (script is null)
        {
            return HttpFilterResult.Continue;
        }
        var runs = new LuaRuns(script);
        stream.SetState(this, runs);
        return script.HasRequest
            ? (runs.Request = new LuaSession(stream, this, script, false)).OnRequest()
            : HttpFilterResult.Continue;
    }

    public override HttpFilterResult OnRequestBody(HttpStream stream, bool isComplete) =>
        RunsOf(stream)!.Request!.OnRequestBody(isComplete);

    public override HttpFilterStatus OnResponse(HttpStream stream, bool endStream)
    {
        if (RunsOf(stream) is not { } runs)
        {
            return HttpFilterStatus.Continue;
        }
        if (runs.Request is { HasPassed: false } request)
        {
            // Somebody else has answered.
            request.Abandon();
        }
        return runs.Script.HasResponse
            ? (runs.Response = new LuaSession(stream, this, runs.Script, true)).OnResponse()
            : HttpFilterStatus.Continue;
    }

    public override HttpFilterStatus OnResponseBody(HttpStream stream, bool isComplete) =>
        RunsOf(stream)!.Response!.OnResponseBody(isComplete);

    public override HttpFilterStatus OnResponseContinued(HttpStream stream) =>
        RunsOf(stream)!.Response!.OnResponseContinued();

    public override void OnStreamEnd(HttpStream stream)
    {
        if (RunsOf(stream) is { } runs)
        {
            runs.Request?.Abandon();
            runs.Response?.Abandon();
        }
    }

    private LuaRuns? RunsOf(HttpStream stream) => stream.GetState(this) as LuaRuns;

    /// <summary>A script's runs for one stream.</summary>
    private sealed class LuaRuns(LuaScript script)
    {
        public LuaScript Script { get; } = script;

        public LuaSession? Request { get; set; }

        public LuaSession? Response { get; set; }
    }
}

/// <summary>Settings of a route. Source: <c>LuaPerRoute</c>.</summary>
internal sealed record LuaRouteSettings(LuaScript? Script, string? ScriptName, Struct? Context);
