using Envoy.Service.Discovery.V3;
using Lateen.Grpc;
using Lateen.Xds.Wire;

namespace Lateen.Xds.Server;

/// <summary>The incremental protocol, server side (xDS transport protocol, "Incremental xDS").</summary>
internal sealed class DeltaStreamState(
    XdsServerOptions options, string noncePrefix, Func<string, IXdsResources?> resolve, IXdsObserver observer)
    : StreamState(options, noncePrefix, resolve, observer)
{
    private const string WildcardName = "*";

    /// <summary>Takes a request: an answer to a response, a change of subscription, or both.</summary>
    internal XdsAck? OnRequest(string typeUrl, DeltaDiscoveryRequest request, DateTimeOffset now)
    {
        XdsAck? ack = null;
        var watch = FindWatch(typeUrl);
        var isFirst = watch is null;
        watch ??= AddWatch(typeUrl);
        if (request.ResponseNonce.Length > 0)
        {
            ack = watch.OnAnswer(request.ResponseNonce, request.ErrorDetail?.Message, now);
        }

        if (isFirst)
        {
            OnFirstRequest(watch, request);
        }

        foreach (var name in request.ResourceNamesSubscribe)
        {
            Subscribe(watch, name, isFirst);
        }

        foreach (var name in request.ResourceNamesUnsubscribe)
        {
            Unsubscribe(watch, name);
        }

        CheckNames(watch);
        return ack;
    }

    protected override GrpcPayload? Build(Watch watch, bool mayPush, DateTimeOffset now)
    {
        var resources = new List<XdsResource>();
        var removed = new List<string>();
        var bytesLeft = (long)Options.ResponseBytesMax;
        if (watch.TypeUrl == TypeUrls.VirtualHost)
        {
            AskForHosts(watch);
        }

        TakeNames(watch, watch.Asked, isAsked: true, resources, removed, ref bytesLeft);
        if (mayPush)
        {
            TakeNames(watch, watch.Dirty, isAsked: false, resources, removed, ref bytesLeft);
        }

        return resources.Count == 0 && removed.Count == 0 && !watch.IsAnswerDue
            ? null
            : Frame(watch, resources, removed, now);
    }

    protected override GrpcPayload? BuildLateRemovals(Watch watch, DateTimeOffset now)
    {
        if (!watch.MayPush(now, Options.AckWaitMax))
        {
            return null;
        }

        var removed = new List<string>();
        foreach (var name in watch.LateRemovals)
        {
            // It may have come back meanwhile.
            if (watch.Resources?.Find(name) is null && Drop(watch, name))
            {
                removed.Add(name);
            }
        }

        watch.LateRemovals.Clear();
        return removed.Count == 0 ? null : Frame(watch, [], removed, now);
    }

    private static void OnFirstRequest(Watch watch, DeltaDiscoveryRequest request)
    {
        // No names at all is the older way to ask for everything; later on the stream it is not.
        watch.IsWildcard = request.ResourceNamesSubscribe.Count == 0 && request.ResourceNamesUnsubscribe.Count == 0
            && (TypeUrls.IsWildcard(watch.TypeUrl) || watch.TypeUrl == TypeUrls.VirtualHost);
        var isWildcard = watch.IsWildcard || request.ResourceNamesSubscribe.Contains(WildcardName);
        var names = request.ResourceNamesSubscribe.ToHashSet(StringComparer.Ordinal);
        foreach (var (name, version) in request.InitialResourceVersions)
        {
            if (isWildcard || names.Contains(name) || watch.TypeUrl == TypeUrls.VirtualHost)
            {
                watch.Held[name] = version;
            }
        }

        watch.CompareAll();
        watch.IsAnswerDue = isWildcard || names.Count > 0;
    }

    private static void Subscribe(Watch watch, string name, bool isFirst)
    {
        if (name == WildcardName)
        {
            watch.IsAnswerDue |= !watch.IsWildcard;
            watch.IsWildcard = true;
            watch.CompareAll();
            return;
        }

        watch.Names.Add(name);
        if (watch.TypeUrl == TypeUrls.VirtualHost)
        {
            watch.CompareAll();
        }

        // What a reconnecting client holds is compared; everything else that it names is answered, even if unchanged.
        var isHeld = watch.Held.ContainsKey(name) || (watch.TypeUrl == TypeUrls.VirtualHost
            && watch.Held.Keys.Any(held => held.StartsWith(name + "/", StringComparison.Ordinal)));
        if (!isFirst || !isHeld)
        {
            watch.Asked.Add(name);
        }
    }

    private static void Unsubscribe(Watch watch, string name)
    {
        if (name == WildcardName)
        {
            watch.IsWildcard = false;
            foreach (var held in watch.Held.Keys.Where(held => !watch.IsSubscribed(held)).ToList())
            {
                Forget(watch, held);
            }

            return;
        }

        watch.Names.Remove(name);
        if (watch.IsWildcard)
        {
            // The client cannot know whether the wildcard covers the name: tell it.
            watch.Asked.Add(name);
        }
        else
        {
            Forget(watch, name);
        }
    }

    /// <summary>
    /// Asking for a route table means asking for all of its hosts, which come at once so that none is missing where the
    /// first one is there. Without any, the table's own name is answered as absent.
    /// </summary>
    private static void AskForHosts(Watch watch)
    {
        var tables = watch.Asked.Where(name => !name.Contains('/', StringComparison.Ordinal)).ToList();
        if (tables.Count == 0 || watch.Resources is not { } resources)
        {
            return;
        }

        var wanted = tables.ToHashSet(StringComparer.Ordinal);
        foreach (var name in resources.GetNames())
        {
            var slash = name.LastIndexOf('/');
            if (slash > 0 && tables.Contains(name[..slash]))
            {
                watch.Asked.Add(name);
                wanted.Remove(name[..slash]);
            }
        }

        watch.Asked.ExceptWith(tables.Where(table => !wanted.Contains(table)));
    }

    private static string TableOf(string host) => host[..Math.Max(host.LastIndexOf('/'), 0)];

    private static void Forget(Watch watch, string name)
    {
        watch.Held.Remove(name);
        watch.Asked.Remove(name);
        watch.Dirty.Remove(name);
        watch.LateRemovals.Remove(name);
    }

    private void TakeNames(
        Watch watch,
        HashSet<string> names,
        bool isAsked,
        List<XdsResource> resources,
        List<string> removed,
        ref long bytesLeft)
    {
        var taken = new List<string>(names.Count);
        var isHost = watch.TypeUrl == TypeUrls.VirtualHost;
        foreach (var name in isHost ? names.Order(StringComparer.Ordinal) : names.AsEnumerable())
        {
            // A table whose first virtual hosts have come is in force: the hosts of one come at once.
            if (bytesLeft <= 0 && !(isHost && TableOf(name) == TableOf(taken[^1])))
            {
                break;
            }

            taken.Add(name);
            if (watch.Resources?.Find(name) is { } resource)
            {
                bytesLeft -= TakeResource(watch, resource, isAsked, resources);
            }
            else if (!isAsked && watch.PushOrder <= 1 && watch.Held.TryGetValue(name, out var held)
                && held != Watch.AbsentVersion)
            {
                watch.LateRemovals.Add(name);
            }
            else if (Drop(watch, name) || isAsked)
            {
                removed.Add(name);
                bytesLeft -= name.Length + 4;
            }
        }

        names.ExceptWith(taken);
        if (isAsked)
        {
            // Answered now; comparing again would find nothing.
            watch.Dirty.ExceptWith(taken);
        }
    }

    /// <summary>Adds a resource to the response unless the client has it; returns its size.</summary>
    private int TakeResource(Watch watch, XdsResource resource, bool isAsked, List<XdsResource> resources)
    {
        var isHeld = watch.Held.TryGetValue(resource.Name, out var version) && version != Watch.AbsentVersion;
        watch.LateRemovals.Remove(resource.Name);
        if (!isAsked && isHeld && version == resource.Version)
        {
            return 0;
        }

        watch.Held[resource.Name] = resource.Version;
        resources.Add(resource);
        if (isHeld && version != resource.Version)
        {
            AskDependents(resource);
        }

        return resource.Length + resource.DeltaPrefix.Length;
    }

    /// <summary>Notes a name as absent; true if the client has to be told.</summary>
    private static bool Drop(Watch watch, string name)
    {
        var wasTold = watch.Held.TryGetValue(name, out var version) && version == Watch.AbsentVersion;
        var wasHeld = version is not null && !wasTold;
        if (watch.Names.Contains(name))
        {
            watch.Held[name] = Watch.AbsentVersion;
            return !wasTold;
        }

        watch.Held.Remove(name);
        return wasHeld;
    }

    private GrpcPayload Frame(Watch watch, List<XdsResource> resources, List<string> removed, DateTimeOffset now)
    {
        var nonce = NextNonce();
        var version = watch.Resources?.Version ?? "";
        watch.OnSent(nonce, version, now);
        return ResponseFraming.BuildDelta(watch.TypeUrl, version, nonce, resources, removed, ControlPlane);
    }
}
