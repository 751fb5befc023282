using Envoy.Config.Core.V3;
using Envoy.Service.Discovery.V3;
using Google.Protobuf;
using Lateen.Xds.Wire;

namespace Lateen.Xds.Client;

/// <summary>The incremental protocol, client side.</summary>
internal sealed class DeltaClientState(Node node, bool tellsNodeOnce = true) : ClientState(tellsNodeOnce)
{
    internal override ReceivedResponse? OnResponse(ReadOnlyMemory<byte> message)
    {
        var response = ResponseReader.ReadDelta(message);
        if (Find(response.TypeUrl) is not { } subscription)
        {
            return null;
        }

        if (response.Error is { } error)
        {
            subscription.Stats.UpdateRejected++;
            Answer(subscription, new XdsAnswer(response.Nonce, error));
            return new ReceivedResponse(subscription, response.Nonce, response.Version, null) { Error = error };
        }

        response.Entries.RemoveAll(entry =>
            !subscription.IsSubscribed(entry.Name) && !entry.Aliases.Any(subscription.IsSubscribed));
        var update = new XdsUpdate(response.TypeUrl, response.Version, response.Entries, response.Removed);
        return new ReceivedResponse(subscription, response.Nonce, response.Version, update)
        {
            Lifetimes = response.Lifetimes,
        };
    }

    internal override void OnApplied(ReceivedResponse response, XdsVerdict verdict)
    {
        var subscription = response.Subscription;
        Answer(subscription, new XdsAnswer(response.Nonce, verdict.Error));
        if (verdict.Error is null)
        {
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
            // The handler may have given a name up while it applied the update.
            if (!verdict.RejectedNames.Contains(entry.Name) && subscription.IsSubscribed(entry.Name))
            {
                subscription.Held[entry.Name] = entry.Version;
            }
        }

        foreach (var name in response.Update.Removed)
        {
            subscription.Held.Remove(name);
        }
    }

    protected override byte[] BuildRequest(Subscription subscription, XdsAnswer? answer)
    {
        var request = new DeltaDiscoveryRequest { TypeUrl = subscription.TypeUrl };
        if (TakeNode())
        {
            request.Node = node;
        }

        if (answer is not null)
        {
            request.ResponseNonce = answer.Nonce;
            if (answer.Error is { } error)
            {
                request.ErrorDetail = new Google.Rpc.Status { Code = 13, Message = Cut(error) };
            }
        }

        if (subscription.IsFirstDue)
        {
            FillFirst(request, subscription);
        }
        else
        {
            request.ResourceNamesSubscribe.AddRange(subscription.ToSubscribe);
            request.ResourceNamesUnsubscribe.AddRange(subscription.ToUnsubscribe);
        }

        subscription.IsFirstDue = false;
        subscription.IsRequestDue = false;
        subscription.ToSubscribe.Clear();
        subscription.ToUnsubscribe.Clear();
        subscription.Stats.UpdateAttempt++;
        return request.ToByteArray();
    }

    private static void FillFirst(DeltaDiscoveryRequest request, Subscription subscription)
    {
        request.ResourceNamesSubscribe.AddRange(subscription.Names);
        // Virtual hosts are asked for without a name at first, too.
        var isWildcardType = TypeUrls.IsWildcard(subscription.TypeUrl) || subscription.TypeUrl == TypeUrls.VirtualHost;
        if (subscription.IsWildcard && (subscription.Names.Count > 0 || !isWildcardType))
        {
            request.ResourceNamesSubscribe.Add("*");
        }

        request.InitialResourceVersions.Add(subscription.Held);
    }
}
