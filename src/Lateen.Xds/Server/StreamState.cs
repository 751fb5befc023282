using System.Globalization;
using Lateen.Grpc;

namespace Lateen.Xds.Server;

/// <summary>
/// The subscription state of one stream: requests in, responses out, in the right order. Pure: no socket, no clock of
/// its own, one caller at a time. The two protocols differ in how a request is read and how a response is put together.
/// </summary>
/// <remarks>
/// The order of a look for work:
/// <list type="number">
/// <item>Types in push order: clusters, endpoints, listeners, routes, secrets, others.</item>
/// <item>What the client asked for goes at once. A push waits for the ACK of the type's response before, at most
/// <see cref="XdsServerOptions.AckWaitMax"/>; changes meanwhile merge, because only names are noted.</item>
/// <item>Listeners and routes do not overtake clusters, nor routes listeners, that wait to be sent. Endpoints and
/// secrets do: Envoy acknowledges clusters only once these have made them warm.</item>
/// <item>Removed clusters and endpoints go last, when no listener or route is on its way any more (delta only).</item>
/// </list>
/// </remarks>
internal abstract class StreamState(
    XdsServerOptions options, string noncePrefix, Func<string, IXdsResources?> resolve, IXdsObserver observer)
{
    private readonly List<Watch> _watches = [];
    private readonly byte[] _controlPlane = Wire.ResponseFraming.BuildControlPlane(options.ControlPlaneIdentifier);
    private long _nonceCount;

    /// <summary>Set when something waits for an ACK only: then the next look is due, should none come.</summary>
    internal DateTimeOffset? RetryAt { get; private set; }

    /// <summary>All types subscribed so far, in push order.</summary>
    internal IReadOnlyList<Watch> Watches => _watches;

    protected XdsServerOptions Options => options;

    protected ReadOnlyMemory<byte> ControlPlane => _controlPlane;

    /// <summary>Looks the sets up again: the proxy moved to another group.</summary>
    internal void Rebind(string? typeUrl)
    {
        foreach (var watch in _watches)
        {
            if (typeUrl is null || typeUrl == watch.TypeUrl)
            {
                watch.Bind(resolve(watch.TypeUrl), observer);
            }
        }
    }

    /// <summary>Lets go of all sets.</summary>
    internal void Close()
    {
        foreach (var watch in _watches)
        {
            watch.Bind(null, observer);
        }
    }

    /// <summary>Whether a look for work may find some; cheap, so that an ACK wakes nobody for nothing.</summary>
    internal bool MayHaveWork()
    {
        foreach (var watch in _watches)
        {
            if (watch.MustAnswer || watch.HasChanges || watch.LateRemovals.Count > 0 || watch.IsBehind)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The next response to send, or null if there is none now.</summary>
    internal GrpcPayload? TakeNext(DateTimeOffset now)
    {
        RetryAt = null;
        var clustersWait = false;
        var listenersWait = false;
        var routesMove = false;
        foreach (var watch in _watches)
        {
            watch.CollectChanges();
            var isListener = watch.TypeUrl == TypeUrls.Listener;
            var isRoute = watch.PushOrder is > 2 and < 6;
            if (watch.MustAnswer || watch.HasChanges)
            {
                var mayPush = watch.MayPush(now, options.AckWaitMax) && !((isListener || isRoute) && clustersWait)
                    && !(isRoute && listenersWait);
                if ((mayPush || watch.MustAnswer) && Build(watch, mayPush, now) is { } response)
                {
                    return response;
                }

                if (watch.HasChanges)
                {
                    RetryAt ??= (watch.SentAt ?? now) + options.AckWaitMax;
                    clustersWait |= watch.PushOrder == 0;
                    listenersWait |= isListener;
                }
            }

            routesMove |= (isListener || isRoute)
                && (watch.HasChanges || !watch.MayPush(now, options.AckWaitMax));
        }

        return routesMove ? WaitForRoutes(now) : TakeLateRemovals(now);
    }

    /// <summary>Puts together what is to be said about a type; null if it comes out as nothing.</summary>
    /// <param name="watch">The type.</param>
    /// <param name="mayPush">False: only what the client asked for.</param>
    /// <param name="now">The present time.</param>
    protected abstract GrpcPayload? Build(Watch watch, bool mayPush, DateTimeOffset now);

    /// <summary>Sends the removals held back; only the delta protocol has any.</summary>
    protected virtual GrpcPayload? BuildLateRemovals(Watch watch, DateTimeOffset now) => null;

    protected Watch? FindWatch(string typeUrl)
    {
        foreach (var watch in _watches)
        {
            if (watch.TypeUrl == typeUrl)
            {
                return watch;
            }
        }

        return null;
    }

    protected Watch AddWatch(string typeUrl)
    {
        if (_watches.Count >= options.TypesMax)
        {
            throw new GrpcException(GrpcStatusCode.ResourceExhausted,
                $"more than {options.TypesMax} types on a stream");
        }

        var watch = new Watch(typeUrl);
        var index = _watches.FindLastIndex(other => other.PushOrder <= watch.PushOrder) + 1;
        _watches.Insert(index, watch);
        watch.Bind(resolve(typeUrl), observer);
        return watch;
    }

    protected void CheckNames(Watch watch)
    {
        if (watch.Names.Count > options.NamesMax)
        {
            throw new GrpcException(
                GrpcStatusCode.ResourceExhausted, $"more than {options.NamesMax} names of {watch.TypeUrl}");
        }
    }

    protected string NextNonce() =>
        string.Create(CultureInfo.InvariantCulture, $"{noncePrefix}{++_nonceCount:x}");

    /// <summary>Asks for what the client needs again after a change of a resource that it held before.</summary>
    protected void AskDependents(XdsResource resource)
    {
        foreach (var dependent in resource.Dependents)
        {
            if (FindWatch(dependent.TypeUrl) is { } watch && watch.IsSubscribed(dependent.Name))
            {
                watch.Asked.Add(dependent.Name);
            }
        }
    }

    private GrpcPayload? WaitForRoutes(DateTimeOffset now)
    {
        if (_watches.Any(watch => watch.LateRemovals.Count > 0))
        {
            RetryAt ??= now + options.AckWaitMax;
        }

        return null;
    }

    private GrpcPayload? TakeLateRemovals(DateTimeOffset now)
    {
        foreach (var watch in _watches)
        {
            if (watch.LateRemovals.Count == 0)
            {
                continue;
            }

            if (BuildLateRemovals(watch, now) is { } response)
            {
                return response;
            }

            if (watch.LateRemovals.Count > 0)
            {
                RetryAt ??= (watch.SentAt ?? now) + options.AckWaitMax;
            }
        }

        return null;
    }
}
