namespace Lateen.Xds.Client;

/// <summary>
/// The protocol state of one client over all its streams: subscriptions in, requests out, responses in. Pure: no
/// socket, no clock, one caller at a time.
/// </summary>
internal abstract class ClientState(bool tellsNodeOnce)
{
    private readonly List<Subscription> _subscriptions = [];

    // What is to be sent, in the order in which it became due. An entry with an answer stands for itself; one without
    // says that something of the subscription has changed, and is void when another request of it took that along.
    private readonly LinkedList<(Subscription Subscription, XdsAnswer? Answer)> _due = new();

    /// <summary>True while a response is being applied: no request goes out, so that what follows from it goes
    /// together.</summary>
    internal bool IsPaused { get; set; }

    /// <summary>The types in the order of their first subscription.</summary>
    internal IReadOnlyList<Subscription> Subscriptions => _subscriptions;

    private bool IsNodeDue { get; set; }

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

        var subscription = new Subscription(typeUrl, MarkDue);
        _subscriptions.Add(subscription);
        return subscription;
    }

    /// <summary>Notes that a request of this type may be due; it is when its turn comes.</summary>
    internal void MarkDue(Subscription subscription)
    {
        foreach (var entry in _due)
        {
            if (ReferenceEquals(entry.Subscription, subscription) && entry.Answer is null)
            {
                return;
            }
        }

        _due.AddLast((subscription, null));
    }

    /// <summary>A new stream: nonces are forgotten, versions stay.</summary>
    internal virtual void OnStreamOpened()
    {
        IsNodeDue = true;
        IsPaused = false;
        _due.Clear();
        foreach (var subscription in _subscriptions)
        {
            MarkDue(subscription);
            subscription.IsFirstDue = true;
            subscription.ToSubscribe.Clear();
            subscription.ToUnsubscribe.Clear();
        }
    }

    /// <summary>The next request to send, encoded; null if there is none now.</summary>
    internal byte[]? TakeRequest()
    {
        for (var entry = IsPaused ? null : _due.First; entry is not null;)
        {
            var (subscription, answer) = entry.Value;
            var next = entry.Next;
            if (subscription.PauseCount > 0)
            {
                entry = next;
                continue;
            }

            _due.Remove(entry);
            if (answer is not null || IsDue(subscription))
            {
                return BuildRequest(subscription, answer);
            }

            entry = next;
        }

        return null;
    }

    /// <summary>How many requests can be taken now.</summary>
    internal int CountRequests()
    {
        var count = 0;
        foreach (var (subscription, answer) in _due)
        {
            var isReady = !IsPaused && subscription.PauseCount == 0 && (answer is not null || IsDue(subscription));
            count += isReady ? 1 : 0;
        }

        return count;
    }

    /// <summary>
    /// Takes a response apart. Null: it is to be ignored. Else what the handler should see; if the response cannot be
    /// used at all, the NACK is queued here and the update is null in the result.
    /// </summary>
    internal abstract ReceivedResponse? OnResponse(ReadOnlyMemory<byte> message);

    /// <summary>Queues the answer to a response and notes what is held now.</summary>
    internal abstract void OnApplied(ReceivedResponse response, XdsVerdict verdict);

    /// <summary>Builds the next request of a type with an answer to a response, or without.</summary>
    protected abstract byte[] BuildRequest(Subscription subscription, XdsAnswer? answer);

    /// <summary>Puts an answer behind all that is due.</summary>
    protected void Answer(Subscription subscription, XdsAnswer answer) => _due.AddLast((subscription, answer));

    /// <summary>Whether the node has to go with this request.</summary>
    protected bool TakeNode()
    {
        var isDue = IsNodeDue || !tellsNodeOnce;
        IsNodeDue = false;
        return isDue;
    }

    // A first request without names would mean all of them.
    private static bool IsDue(Subscription subscription) =>
        subscription.IsFirstDue ? !subscription.IsEmpty : subscription.IsRequestDue;

    /// <summary>The longest reason in a NACK, in characters (Envoy cuts there, too).</summary>
    protected static string Cut(string error) => error.Length <= 4096 ? error : error[..4096] + "...(truncated)";
}
