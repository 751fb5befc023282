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
        var session = new LuaSession(stream, this, script);
        stream.SetState(this, session);
        return session.OnRequest();
    }

    public override HttpFilterResult OnRequestBody(HttpStream stream, bool isComplete) =>
        SessionOf(stream)!.OnRequestBody(isComplete);

    public override HttpFilterStatus OnResponse(HttpStream stream, bool endStream) =>
        SessionOf(stream)?.OnResponse() ?? HttpFilterStatus.Continue;

    public override HttpFilterStatus OnResponseBody(HttpStream stream, bool isComplete) =>
        SessionOf(stream)!.OnResponseBody(isComplete);

    public override HttpFilterStatus OnResponseContinued(HttpStream stream) =>
        SessionOf(stream)!.OnResponseContinued();

    public override void OnStreamEnd(HttpStream stream) => SessionOf(stream)?.Abandon();

    private LuaSession? SessionOf(HttpStream stream) => stream.GetState(this) as LuaSession;
}

/// <summary>Settings of a route. Source: <c>LuaPerRoute</c>.</summary>
internal sealed record LuaRouteSettings(LuaScript? Script, string? ScriptName, Struct? Context);
