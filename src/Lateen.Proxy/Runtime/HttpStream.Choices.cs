using System.Collections.Immutable;
using Lateen.Http;
using Lateen.Proxy.Filters;

namespace Lateen.Proxy.Runtime;

/// <content>The route table and the filters that a request has.</content>
internal sealed partial class HttpStream
{
    private ImmutableArray<HttpFilter> _upgradeFilters;

    /// <summary>The filters of this request: the connection manager's, or those of its upgrade.</summary>
    internal ImmutableArray<HttpFilter> Filters =>
        _upgradeFilters.IsDefault ? Config.HttpFilters : _upgradeFilters;

    /// <summary>The client speaks no gRPC although the request does now: it is answered as it asked.</summary>
    internal bool IsTranscoded { get; set; }

    /// <summary>Chooses the route by the table, which may be another one than before where there are scopes.</summary>
    internal void FindRoute()
    {
        if (Config.FindRoutes(Request) is { } routes)
        {
            routes.MatchRoute(Request, Info);
        }
        else if (Config.ScopedRoutes is not null)
        {
            (Info.RouteConfiguration, Info.VirtualHost, Info.VirtualCluster, Info.Route) = (null, null, null, null);
        }
    }

    private ImmutableArray<HttpFilter> FindUpgradeFilters()
    {
        var type = IsConnect ? "connect"u8 : Request.Get(HeaderId.Upgrade);
        foreach (var (name, filters) in Config.UpgradeFilters)
        {
            if (RequestPipeline.IsType(type, name))
            {
                return filters;
            }
        }

        return default;
    }

    /// <summary>One reason more or less not to read the request.</summary>
    internal void PauseRequest(bool pause)
    {
        if (!IsOver)
        {
            Codec.ReadDisable(this, pause);
        }
    }

    /// <summary>What a filter keeps for this stream; null: nothing yet.</summary>
    internal object? GetState(HttpFilter filter)
    {
        foreach (var (owner, state) in _filterStates)
        {
            if (ReferenceEquals(owner, filter))
            {
                return state;
            }
        }

        return null;
    }

    internal void SetState(HttpFilter filter, object state) => _filterStates.Add((filter, state));

    /// <summary>Forgets what a filter kept.</summary>
    internal void DropState(HttpFilter filter) =>
        _filterStates.RemoveAll(entry => ReferenceEquals(entry.Filter, filter));
}
