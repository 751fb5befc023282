namespace Lateen.Xds.Client;

/// <summary>What the client wants and holds of one type.</summary>
internal sealed class Subscription(string typeUrl, Action<Subscription>? onDue = null)
{
    private bool _isRequestDue;

    internal string TypeUrl { get; } = typeUrl;

    /// <summary>All resources are wanted.</summary>
    internal bool IsWildcard { get; set; }

    /// <summary>Names wanted one by one.</summary>
    internal HashSet<string> Names { get; } = new(StringComparer.Ordinal);

    /// <summary>Name → version of what is in force here.</summary>
    internal Dictionary<string, string> Held { get; } = new(StringComparer.Ordinal);

    /// <summary>Names to ask for with the next request (delta).</summary>
    internal HashSet<string> ToSubscribe { get; } = new(StringComparer.Ordinal);

    /// <summary>Names to give up with the next request (delta).</summary>
    internal HashSet<string> ToUnsubscribe { get; } = new(StringComparer.Ordinal);

    /// <summary>The stream has not seen this type yet.</summary>
    internal bool IsFirstDue { get; set; } = true;

    /// <summary>A request is due for another reason: a change of names, an answer (state of the world).</summary>
    internal bool IsRequestDue
    {
        get => _isRequestDue;
        set
        {
            _isRequestDue = value;
            if (value)
            {
                onDue?.Invoke(this);
            }
        }
    }

    /// <summary>Reasons not to send requests of this type now.</summary>
    internal int PauseCount { get; set; }

    /// <summary>When resources with a time to live are dropped, on the client's clock.</summary>
    internal Dictionary<string, long> Expiries { get; } = new(StringComparer.Ordinal);

    /// <summary>A name was wanted at some time, so that "no names" no longer means "all".</summary>
    internal bool WasNamed { get; set; }

    /// <summary>Version text accepted last (state of the world).</summary>
    internal string Version { get; set; } = "";

    /// <summary>Nonce received last (state of the world).</summary>
    internal string Nonce { get; set; } = "";

    /// <summary>Reason for the NACK to send (state of the world).</summary>
    internal string? Error { get; set; }

    internal XdsSubscriptionStats Stats { get; } = new();

    internal bool IsEmpty => !IsWildcard && Names.Count == 0;

    internal bool IsSubscribed(string name)
    {
        if (IsWildcard || Names.Contains(name))
        {
            return true;
        }

        // A virtual host is named route/domain; subscribing the route alone means all of its hosts.
        return TypeUrl == TypeUrls.VirtualHost && name.LastIndexOf('/') is > 0 and var slash
            && Names.Contains(name[..slash]);
    }

    /// <summary>Wants more names; asks again for those that are wanted already.</summary>
    internal void Subscribe(IEnumerable<string> names)
    {
        foreach (var name in names)
        {
            WasNamed = true;
            Names.Add(name);
            ToUnsubscribe.Remove(name);
            ToSubscribe.Add(name);
            IsRequestDue = true;
        }
    }

    internal void Unsubscribe(IEnumerable<string> names)
    {
        foreach (var name in names)
        {
            if (!Names.Remove(name))
            {
                continue;
            }

            ToSubscribe.Remove(name);
            ToUnsubscribe.Add(name);
            IsRequestDue = true;
            if (!IsWildcard)
            {
                Held.Remove(name);
            }
        }
    }

    /// <summary>Wants exactly these names.</summary>
    internal void SetNames(IEnumerable<string> names)
    {
        var wanted = names.ToHashSet(StringComparer.Ordinal);
        Unsubscribe([.. Names.Where(name => !wanted.Contains(name))]);
        Subscribe([.. wanted.Where(name => !Names.Contains(name))]);
    }

    internal void SubscribeAll()
    {
        if (!IsWildcard)
        {
            IsWildcard = true;
            IsRequestDue = true;
            if (WasNamed)
            {
                ToSubscribe.Add("*");
            }
        }
    }
}
