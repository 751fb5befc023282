namespace Lateen.Xds.Server;

/// <summary>
/// What one stream knows of one type: what the client asked for, what it holds by name and version, what is still to be
/// sent, and which responses are not answered yet. Knows no wire format.
/// </summary>
internal sealed class Watch(string typeUrl)
{
    /// <summary>Version noted for a name of which the client was told that it does not exist.</summary>
    internal const string AbsentVersion = "";

    /// <summary>Answers to requests can be under way together; more than this many nonces are not remembered.</summary>
    private const int OutstandingMax = 64;

    private readonly Queue<(string Nonce, string Version)> _outstanding = new();
    private long _seenRevision;
    private bool _compareAll;

    internal string TypeUrl { get; } = typeUrl;

    internal int PushOrder { get; } = TypeUrls.PushOrder(typeUrl);

    /// <summary>All resources are subscribed.</summary>
    internal bool IsWildcard { get; set; }

    /// <summary>Names subscribed one by one.</summary>
    internal HashSet<string> Names { get; } = new(StringComparer.Ordinal);

    /// <summary>Name → version of what the client was sent.</summary>
    internal Dictionary<string, string> Held { get; } = new(StringComparer.Ordinal);

    /// <summary>Names that may have changed; compared with <see cref="Held"/> when it is their turn.</summary>
    internal HashSet<string> Dirty { get; } = new(StringComparer.Ordinal);

    /// <summary>Names that the client asked for just now: sent whether changed or not, without waiting for
    /// ACKs.</summary>
    internal HashSet<string> Asked { get; } = new(StringComparer.Ordinal);

    /// <summary>Removed names of clusters and endpoints, held back until the routes that used them are
    /// replaced.</summary>
    internal HashSet<string> LateRemovals { get; } = new(StringComparer.Ordinal);

    /// <summary>A response is due even if there is nothing to say.</summary>
    internal bool IsAnswerDue { get; set; }

    internal IXdsResources? Resources { get; private set; }

    internal string SentNonce { get; private set; } = "";

    internal string SentVersion { get; private set; } = "";

    internal DateTimeOffset? SentAt { get; private set; }

    internal string AckedNonce { get; private set; } = "";

    internal string AckedVersion { get; private set; } = "";

    internal DateTimeOffset? AnsweredAt { get; private set; }

    internal string? NackError { get; private set; }

    internal bool HasOutstanding => _outstanding.Count > 0;

    internal bool HasChanges => Dirty.Count > 0;

    /// <summary>The set may have changed since the last look.</summary>
    internal bool IsBehind => _compareAll || (Resources is not null && Resources.Revision != _seenRevision);

    internal bool MustAnswer => IsAnswerDue || Asked.Count > 0;

    /// <summary>Whether a push may go now: nothing unanswered, or it is unanswered for too long.</summary>
    internal bool MayPush(DateTimeOffset now, TimeSpan ackWaitMax) =>
        _outstanding.Count == 0 || now - SentAt >= ackWaitMax;

    /// <summary>Takes the set to look at; another one than before is compared in full.</summary>
    internal void Bind(IXdsResources? resources, IXdsObserver observer)
    {
        if (ReferenceEquals(Resources, resources))
        {
            return;
        }

        Resources?.Detach(observer);
        Resources = resources;
        _seenRevision = long.MinValue;
        _compareAll = true;
        resources?.Attach(observer);
    }

    /// <summary>Makes the next look compare everything, as after a new subscription.</summary>
    internal void CompareAll() => _compareAll = true;

    /// <summary>Whether a resource of this name is subscribed.</summary>
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

    /// <summary>Notes what changed in the set since the last look.</summary>
    internal void CollectChanges()
    {
        if (Resources is null)
        {
            if (_compareAll)
            {
                _compareAll = false;
                Dirty.UnionWith(Held.Keys);
                Dirty.UnionWith(Names);
            }

            return;
        }

        var revision = Resources.Revision;
        if (!_compareAll && revision == _seenRevision)
        {
            return;
        }

        var changed = new List<string>();
        if (_compareAll || !Resources.TryGetChanges(_seenRevision, changed))
        {
            CompareEverything(Resources);
        }
        else
        {
            foreach (var name in changed)
            {
                if (IsSubscribed(name))
                {
                    Dirty.Add(name);
                }
            }
        }

        _compareAll = false;
        _seenRevision = revision;
    }

    /// <summary>Notes a response as sent.</summary>
    internal void OnSent(string nonce, string version, DateTimeOffset now)
    {
        SentNonce = nonce;
        SentVersion = version;
        SentAt = now;
        IsAnswerDue = false;
        if (_outstanding.Count == OutstandingMax)
        {
            _outstanding.Dequeue();
        }

        _outstanding.Enqueue((nonce, version));
    }

    /// <summary>
    /// Takes the answer to a response; null for a nonce that is not awaited. Answers come in order, so an answer also
    /// settles all responses before it.
    /// </summary>
    internal XdsAck? OnAnswer(string nonce, string? error, DateTimeOffset now)
    {
        if (!_outstanding.Any(sent => sent.Nonce == nonce))
        {
            return null;
        }

        while (_outstanding.TryDequeue(out var sent))
        {
            if (sent.Nonce == nonce)
            {
                AnsweredAt = now;
                NackError = error;
                if (error is null)
                {
                    (AckedNonce, AckedVersion) = sent;
                }

                return new XdsAck(TypeUrl, nonce, sent.Version, error);
            }
        }

        return null;
    }

    internal XdsTypeStatus GetStatus() => new()
    {
        TypeUrl = TypeUrl,
        IsWildcard = IsWildcard,
        NameCount = Names.Count,
        HeldCount = Held.Count,
        SentNonce = SentNonce,
        SentVersion = SentVersion,
        SentAt = SentAt,
        AckedNonce = AckedNonce,
        AckedVersion = AckedVersion,
        AnsweredAt = AnsweredAt,
        NackError = NackError,
    };

    private void CompareEverything(IXdsResources resources)
    {
        // A route table asked for as a whole is no resource itself.
        Dirty.UnionWith(TypeUrl != TypeUrls.VirtualHost ? Names
            : Names.Where(name => name.Contains('/', StringComparison.Ordinal)));
        foreach (var name in Held.Keys)
        {
            Dirty.Add(name);
        }

        if (IsWildcard || TypeUrl == TypeUrls.VirtualHost)
        {
            foreach (var name in resources.GetNames())
            {
                if (IsSubscribed(name))
                {
                    Dirty.Add(name);
                }
            }
        }
    }
}
