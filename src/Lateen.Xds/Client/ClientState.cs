namespace Lateen.Xds.Client;

/// <summary>
/// The protocol state of one client over all its streams: subscriptions in, requests out, responses in. Pure: no
/// socket, no clock, one caller at a time.
/// </summary>
internal abstract class ClientState
{
    private readonly List<Subscription> _subscriptions = [];

    /// <summary>True while a response is being applied: no request goes out, so that what follows from it goes
    /// together.</summary>
    internal bool IsPaused { get; set; }

    /// <summary>The types in the order of their first subscription.</summary>
    internal IReadOnlyList<Subscription> Subscriptions => _subscriptions;

    /// <summary>Whether the node has to go with the next request.</summary>
    protected bool IsNodeDue { get; set; }

    /// <summary>The subscription of a type, or null where there never was one.</summary>
    internal Subscription? Find(string typeUrl)
    {
        foreach (var subscription in _subscriptions)
        {
            if (subscription.TypeUrl == typeUrl)
            {
                return subscription;
            }
        }

        return null;
    }

    internal Subscription FindOrAdd(string typeUrl)
    {
        if (Find(typeUrl) is { } found)
        {
            return found;
        }

        var subscription = new Subscription(typeUrl);
        _subscriptions.Add(subscription);
        return subscription;
    }

    /// <summary>A new stream: nonces are forgotten, versions stay.</summary>
    internal virtual void OnStreamOpened()
    {
        IsNodeDue = true;
        IsPaused = false;
        foreach (var subscription in _subscriptions)
        {
            subscription.IsFirstDue = true;
            subscription.ToSubscribe.Clear();
            subscription.ToUnsubscribe.Clear();
        }
    }

    /// <summary>The next request to send, encoded; null if there is none now.</summary>
    internal abstract byte[]? TakeRequest();

    /// <summary>
    /// Takes a response apart. Null: it is to be ignored. Else what the handler should see; if the response cannot be
    /// used at all, the NACK is queued here and the update is null in the result.
    /// </summary>
    internal abstract ReceivedResponse? OnResponse(ReadOnlyMemory<byte> message);

    /// <summary>Queues the answer to a response and notes what is held now.</summary>
    internal abstract void OnApplied(ReceivedResponse response, XdsVerdict verdict);

    /// <summary>The longest reason in a NACK, in characters (Envoy cuts there, too).</summary>
    protected static string Cut(string error) => error.Length <= 4096 ? error : error[..4096] + "...(truncated)";
}
