using Envoy.Config.Core.V3;
using Envoy.Service.Discovery.V3;
using Google.Protobuf;
using Lateen.Xds.Wire;

namespace Lateen.Xds.Client;

/// <summary>The state-of-the-world protocol, client side.</summary>
internal sealed class SotwClientState(Node node, bool tellsNodeOnce = true) : ClientState(tellsNodeOnce)
{
    internal override void OnStreamOpened()
    {
        base.OnStreamOpened();
        foreach (var subscription in Subscriptions)
        {
            subscription.Nonce = "";
            subscription.Error = null;
        }
    }

    internal override ReceivedResponse? OnResponse(ReadOnlyMemory<byte> message)
    {
        var response = ResponseReader.ReadSotw(message);
        if (Find(response.TypeUrl) is not { } subscription)
        {
            return null;
        }

        if (response.Error is { } error)
        {
            subscription.Stats.UpdateRejected++;
            Answer(subscription, response.Nonce, error);
            return new ReceivedResponse(subscription, response.Nonce, response.Version, null) { Error = error };
        }

        response.Entries.RemoveAll(entry => !subscription.IsSubscribed(entry.Name));
        var update =
            new XdsUpdate(response.TypeUrl, response.Version, response.Entries, FindRemoved(subscription, response));
        return new ReceivedResponse(subscription, response.Nonce, response.Version, update)
        {
            Lifetimes = response.Lifetimes,
        };
    }

    internal override void OnApplied(ReceivedResponse response, XdsVerdict verdict)
    {
        var subscription = response.Subscription;
        Answer(subscription, response.Nonce, verdict.Error);
        if (verdict.Error is null)
        {
            subscription.Version = response.Version;
            subscription.Stats.UpdateSuccess++;
            subscription.Stats.VersionText = response.Version;
        }
        else
        {
            subscription.Stats.UpdateRejected++;
            if (verdict.RejectedNames.Count == 0)
            {
                return;
            }
        }

        foreach (var entry in response.Update!.Resources)
        {
            if (!verdict.RejectedNames.Contains(entry.Name))
            {
                subscription.Held[entry.Name] = entry.Version;
            }
        }

        foreach (var name in response.Update.Removed)
        {
            subscription.Held.Remove(name);
        }
    }

    // Requests of this protocol tell the whole state, so that the answers to several responses are one request.
    private static void Answer(Subscription subscription, string nonce, string? error)
    {
        subscription.Nonce = nonce;
        subscription.Error = error;
        subscription.IsRequestDue = true;
    }

    /// <summary>What a complete response leaves out is gone; other types never say so.</summary>
    private static List<string> FindRemoved(Subscription subscription, ResponseReader response)
    {
        if (!TypeUrls.IsFullState(subscription.TypeUrl))
        {
            return [];
        }

        var present = response.Entries.Select(entry => entry.Name).ToHashSet(StringComparer.Ordinal);
        return [.. subscription.Held.Keys.Where(name => !present.Contains(name))];
    }

    protected override byte[] BuildRequest(Subscription subscription, XdsAnswer? answer)
    {
        var request = new DiscoveryRequest
        {
            TypeUrl = subscription.TypeUrl,
            VersionInfo = subscription.Version,
            ResponseNonce = subscription.Nonce,
        };
        if (TakeNode())
        {
            request.Node = node;
        }

        request.ResourceNames.AddRange(subscription.Names);
        if (subscription.IsWildcard && (subscription.WasNamed || !TypeUrls.IsWildcard(subscription.TypeUrl)))
        {
            request.ResourceNames.Add("*");
        }

        if (subscription.Error is { } error)
        {
            request.ErrorDetail = new Google.Rpc.Status { Code = 13, Message = Cut(error) };
            subscription.Error = null;
        }

        subscription.IsFirstDue = false;
        subscription.IsRequestDue = false;
        subscription.Stats.UpdateAttempt++;
        return request.ToByteArray();
    }
}
