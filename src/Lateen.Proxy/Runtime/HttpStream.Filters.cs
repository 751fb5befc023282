using Lateen.Proxy.Filters;

namespace Lateen.Proxy.Runtime;

/// <content>The HTTP filters on the request's way.</content>
internal sealed partial class HttpStream
{
    /// <summary>Filters in a chain; more are refused by the configuration.</summary>
    private const int FiltersMax = 64;

    /// <summary>Which filters take part, decided once the route is known.</summary>
    private void ChooseFilters()
    {
        var filters = Config.HttpFilters;
        for (var i = 0; i < filters.Length && i < FiltersMax; i++)
        {
            if (filters[i].IsEnabled(Info))
            {
                _enabledFilters |= 1UL << i;
            }
        }
    }

    private void RunFilters()
    {
        var filters = Config.HttpFilters;
        while (_filterIndex < filters.Length)
        {
            var filter = filters[_filterIndex];
            if ((_enabledFilters >> _filterIndex & 1) == 0)
            {
                _filterIndex++;
                continue;
            }

            if (filter.IsTerminal)
            {
                Router.Start(filter as RouterFilter ?? DefaultRouter);
                return;
            }

            var result = filter.OnRequestHeaders(_worker.Index, Request, Info);
            if (!Apply(result))
            {
                return;
            }

            _filterIndex++;
        }

        Router.Start(DefaultRouter);
    }

    private static RouterFilter DefaultRouter { get; } = new() { Name = "envoy.filters.http.router" };

    /// <summary>False when the chain stops here, for good or for a while.</summary>
    private bool Apply(in HttpFilterResult result)
    {
        switch (result.Status)
        {
            case HttpFilterStatus.LocalReply:
                SendLocalReply(
                    result.Code, result.Body, Streams.ResponseFlags.None, Info.ResponseCodeDetails, result.GrpcStatus);
                return false;
            case HttpFilterStatus.Delay:
                _delayTimer.Start((result.DelayNanos + 999_999) / 1_000_000);
                return false;
            default:
                return true;
        }
    }

    private void OnDelayOver()
    {
        if (_codec is null || _responseComplete)
        {
            return;
        }

        Touch();
        var result = Config.HttpFilters[_filterIndex].OnDelayOver(_worker.Index, Request, Info);
        if (Apply(result))
        {
            _filterIndex++;
            RunFilters();
        }
    }
}
