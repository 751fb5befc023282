using Envoy.Service.Discovery.V3;
using Google.Protobuf.Collections;
using Lateen.Grpc;
using Lateen.Xds.Wire;

namespace Lateen.Xds.Server;

/// <summary>The state-of-the-world protocol, server side (xDS transport protocol, "SotW").</summary>
internal sealed class SotwStreamState(
    XdsServerOptions options, string noncePrefix, Func<string, IXdsResources?> resolve, IXdsObserver observer)
    : StreamState(options, noncePrefix, resolve, observer)
{
    private const string WildcardName = "*";
    private readonly HashSet<string> _namedOnce = new(StringComparer.Ordinal);

    /// <summary>Takes a request: an answer to a response, a change of subscription, or both.</summary>
    internal XdsAck? OnRequest(string typeUrl, DiscoveryRequest request, DateTimeOffset now)
    {
        XdsAck? ack = null;
        var watch = FindWatch(typeUrl);
        if (watch is null)
        {
            watch = AddWatch(typeUrl);
            watch.CompareAll();
            UpdateNames(watch, request.ResourceNames);
            watch.IsAnswerDue = watch.IsWildcard;
            CheckNames(watch);
            return null;
        }

        // 1. A nonce of an earlier response: the client had not seen the later one, whose answer will follow.
        if (request.ResponseNonce != watch.SentNonce && request.ResponseNonce.Length > 0)
        {
            return watch.OnAnswer(request.ResponseNonce, request.ErrorDetail?.Message, now);
        }

        // 2. An answer.
        if (request.ResponseNonce.Length > 0)
        {
            ack = watch.OnAnswer(request.ResponseNonce, request.ErrorDetail?.Message, now);
        }

        // 3. The names are always all of them.
        UpdateNames(watch, request.ResourceNames);
        CheckNames(watch);
        return ack;
    }

    protected override GrpcPayload? Build(Watch watch, bool mayPush, DateTimeOffset now)
    {
        var isFullState = TypeUrls.IsFullState(watch.TypeUrl);
        var resources = new List<XdsResource>();
        var bytesLeft = isFullState ? long.MaxValue : Options.ResponseBytesMax;
        var changed = TakeNames(watch, watch.Asked, isAsked: true, resources, ref bytesLeft);
        if (mayPush)
        {
            changed |= TakeNames(watch, watch.Dirty, isAsked: false, resources, ref bytesLeft);
        }

        if (!changed && !watch.IsAnswerDue)
        {
            return null;
        }

        if (isFullState)
        {
            resources = TakeAll(watch);
        }

        var nonce = NextNonce();
        var version = watch.Resources?.Version ?? "0";
        watch.OnSent(nonce, version, now);
        return ResponseFraming.BuildSotw(watch.TypeUrl, version, nonce, resources, ControlPlane);
    }

    private void UpdateNames(Watch watch, RepeatedField<string> names)
    {
        var wanted = names.Where(name => name != WildcardName).ToHashSet(StringComparer.Ordinal);
        var wasWildcard = watch.IsWildcard;

        // No names means everything only until the stream has named one of the type.
        watch.IsWildcard = names.Contains(WildcardName)
            || (names.Count == 0 && TypeUrls.IsWildcard(watch.TypeUrl) && !_namedOnce.Contains(watch.TypeUrl));
        if (names.Count > 0)
        {
            _namedOnce.Add(watch.TypeUrl);
        }

        if (watch.IsWildcard && !wasWildcard)
        {
            watch.CompareAll();
            watch.IsAnswerDue = true;
        }

        foreach (var name in watch.Names.Where(name => !wanted.Contains(name)).ToList())
        {
            watch.Names.Remove(name);
            watch.Asked.Remove(name);
            if (!watch.IsWildcard)
            {
                watch.Held.Remove(name);
                watch.Dirty.Remove(name);
            }
        }

        foreach (var name in wanted)
        {
            if (watch.Names.Add(name))
            {
                watch.Asked.Add(name);
            }
        }
    }

    /// <summary>Collects what to send of these names; true if a response is needed.</summary>
    private bool TakeNames(
        Watch watch, HashSet<string> names, bool isAsked, List<XdsResource> resources, ref long bytesLeft)
    {
        var needed = false;
        var taken = new List<string>(names.Count);
        foreach (var name in names)
        {
            if (bytesLeft <= 0)
            {
                break;
            }

            taken.Add(name);
            var isHeld = watch.Held.TryGetValue(name, out var version);
            if (watch.Resources?.Find(name) is not { } resource)
            {
                // Absence is only said by a complete response: for named types it is not said at all.
                needed |= watch.Held.Remove(name) && TypeUrls.IsFullState(watch.TypeUrl);
                needed |= isAsked && TypeUrls.IsFullState(watch.TypeUrl);
            }
            else if (isAsked || version != resource.Version)
            {
                needed = true;
                watch.Held[name] = resource.Version;
                resources.Add(resource);
                bytesLeft -= resource.Length + resource.SotwPrefix.Length;
                if (isHeld && version != resource.Version)
                {
                    AskDependents(resource);
                }
            }
        }

        names.ExceptWith(taken);
        if (isAsked)
        {
            watch.Dirty.ExceptWith(taken);
        }

        return needed;
    }

    /// <summary>All that is subscribed, for a response that must be complete.</summary>
    private static List<XdsResource> TakeAll(Watch watch)
    {
        var resources = new List<XdsResource>();
        if (watch.Resources is null)
        {
            return resources;
        }

        if (watch.IsWildcard)
        {
            resources.AddRange(watch.Resources.GetAll());
        }
        else
        {
            foreach (var name in watch.Names)
            {
                if (watch.Resources.Find(name) is { } resource)
                {
                    resources.Add(resource);
                }
            }
        }

        foreach (var resource in resources)
        {
            watch.Held[resource.Name] = resource.Version;
        }

        return resources;
    }
}
