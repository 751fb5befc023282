using Lateen.Proxy.Routing;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Sessions;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Filters;

/// <summary>The HTTP filter <c>stateful_session</c>: requests of a session go to one host.</summary>
internal sealed class StatefulSessionFilter : HttpFilter
{
    public required StatefulSessionSettings Settings { get; init; }

    /// <summary>Counters; null without a prefix.</summary>
    public StatefulSessionStats? Stats { get; init; }

    public override HttpFilterResult OnRequest(HttpStream stream)
    {
        var settings = Route.GetPerFilterConfig(stream.Info, Name) as StatefulSessionSettings ?? Settings;
        // Settings of a route count nothing.
        var stats = ReferenceEquals(settings, Settings) ? Stats : null;
        if (settings.State is not { } state)
        {
            return HttpFilterResult.Continue;
        }
        if (!state.AppliesTo(stream.Request))
        {
            stats?.CountNoSession(stream.Worker.Index);
            return HttpFilterResult.Continue;
        }
        var host = state.Read(stream.Request, SecondsOf(stream));
        if (!host.IsEmpty)
        {
            stream.OverrideHost(host, settings.IsStrict, settings.StrictStatus);
        }
        stream.SetState(this, new Session(settings, host, stats));
        return HttpFilterResult.Continue;
    }

    public override HttpFilterStatus OnResponse(HttpStream stream, bool endStream)
    {
        if (stream.GetState(this) is not Session session)
        {
            return HttpFilterStatus.Continue;
        }
        var worker = stream.Worker.Index;
        if (stream.Info.UpstreamHost is not { } host)
        {
            if (session.Settings.IsStrict && !session.Host.IsEmpty)
            {
                session.Stats?.CountFailedClosed(worker);
            }
            return HttpFilterStatus.Continue;
        }
        var isNew = !host.Address.Equals(session.Host);
        var hasChanged = session.Settings.State!.Write(
            stream.Response, host.AddressText, isNew, !session.Host.IsEmpty, SecondsOf(stream));
        if (hasChanged == false)
        {
            session.Stats?.CountRouted(worker);
        }
        else if (hasChanged == true)
        {
            session.Stats?.CountFailedOpen(worker);
        }
        return HttpFilterStatus.Continue;
    }

    private static long SecondsOf(HttpStream stream) => stream.Worker.Loop.UnixNanos / 1_000_000_000;

    private sealed record Session(
        StatefulSessionSettings Settings, Addresses.Address Host, StatefulSessionStats? Stats);
}

/// <summary>Settings of the filter or a route; without a state there are no sessions.</summary>
internal sealed record StatefulSessionSettings(SessionState? State, bool IsStrict)
{
    /// <summary>Status of requests whose host is gone; zero: 503.</summary>
    public int StrictStatus { get; init; }
}

/// <summary>Counters below <c>stateful_session.PREFIX.</c>.</summary>
internal sealed class StatefulSessionStats(StatsScope scope, string prefix)
{
    private readonly int _routed = scope.GetOrAdd($"stateful_session.{prefix}.routed");
    private readonly int _failedOpen = scope.GetOrAdd($"stateful_session.{prefix}.failed_open");
    private readonly int _failedClosed = scope.GetOrAdd($"stateful_session.{prefix}.failed_closed");
    private readonly int _noSession = scope.GetOrAdd($"stateful_session.{prefix}.no_session");

    public void CountRouted(int worker) => scope.Add(worker, _routed);

    public void CountFailedOpen(int worker) => scope.Add(worker, _failedOpen);

    public void CountFailedClosed(int worker) => scope.Add(worker, _failedClosed);

    public void CountNoSession(int worker) => scope.Add(worker, _noSession);
}
