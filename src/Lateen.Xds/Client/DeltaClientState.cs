using Envoy.Config.Core.V3;
using Envoy.Service.Discovery.V3;
using Google.Protobuf;
using Lateen.Xds.Wire;

namespace Lateen.Xds.Client;

/// <summary>The incremental protocol, client side.</summary>
internal sealed class DeltaClientState(Node node) : ClientState
{
    private readonly Queue<(Subscription Subscription, string Nonce, string? Error)> _answers = new();

    internal override void OnStreamOpened()
    {
        base.OnStreamOpened();
        _answers.Clear();
    }

    internal override byte[]? TakeRequest()
    {
        if (IsPaused)
        {
            return null;
        }

        // Answers first, in the order of the responses; a change of the same type rides along.
        if (_answers.TryDequeue(out var answer))
        {
            var request = BuildRequest(answer.Subscription);
            request.ResponseNonce = answer.Nonce;
            if (answer.Error is not null)
            {
                request.ErrorDetail = new Google.Rpc.Status { Code = 13, Message = Cut(answer.Error) };
            }

            return request.ToByteArray();
        }

        foreach (var subscription in Subscriptions)
        {
            // A first request without names would mean all of them.
            var isDue = subscription.IsFirstDue ? !subscription.IsEmpty : subscription.IsRequestDue;
            if (isDue)
            {
                return BuildRequest(subscription).ToByteArray();
            }
        }

        return null;
    }

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
            _answers.Enqueue((subscription, response.Nonce, error));
            return new ReceivedResponse(subscription, response.Nonce, response.Version, null);
        }

        response.Entries.RemoveAll(entry =>
            !subscription.IsSubscribed(entry.Name) && !entry.Aliases.Any(subscription.IsSubscribed));
        var update = new XdsUpdate(response.TypeUrl, response.Version, response.Entries, response.Removed);
        return new ReceivedResponse(subscription, response.Nonce, response.Version, update);
    }

    internal override void OnApplied(ReceivedResponse response, XdsVerdict verdict)
    {
        var subscription = response.Subscription;
        _answers.Enqueue((subscription, response.Nonce, verdict.Error));
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

    private DeltaDiscoveryRequest BuildRequest(Subscription subscription)
    {
        var request = new DeltaDiscoveryRequest { TypeUrl = subscription.TypeUrl };
        if (IsNodeDue)
        {
            request.Node = node;
            IsNodeDue = false;
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
        return request;
    }

    private static void FillFirst(DeltaDiscoveryRequest request, Subscription subscription)
    {
        request.ResourceNamesSubscribe.AddRange(subscription.Names);
        if (subscription.IsWildcard && (subscription.Names.Count > 0 || !TypeUrls.IsWildcard(subscription.TypeUrl)))
        {
            request.ResourceNamesSubscribe.Add("*");
        }

        request.InitialResourceVersions.Add(subscription.Held);
    }
}
