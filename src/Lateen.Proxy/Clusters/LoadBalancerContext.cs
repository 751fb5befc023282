using Lateen.Proxy.Addresses;

namespace Lateen.Proxy.Clusters;

/// <summary>What a pick of a host may depend on. One object per stream or connection, reused.</summary>
internal sealed class LoadBalancerContext
{
    private readonly List<Host> _attempted = [];
    private PriorityRetry? _priorities;

    /// <summary>Hash of the route's hash policy; null: none.</summary>
    public ulong? Hash { get; set; }

    /// <summary>Where an ORIGINAL_DST cluster connects to; empty: nowhere.</summary>
    public Address OriginalDestination { get; set; }

    /// <summary>Metadata that the host must have, where the cluster has subsets; null: none.</summary>
    public SubsetCriteria? Subset { get; set; }

    /// <summary>The host that is to be taken if the cluster has it, on the first attempt; empty: none.</summary>
    public Address OverrideHost { get; set; }

    /// <summary>Hosts that the request names (policy <c>override_host</c>), each taken once.</summary>
    public Queue<Address>? NamedHosts { get; set; }

    /// <summary>Without that host there is none.</summary>
    public bool IsOverrideStrict { get; set; }

    /// <summary>Zero for the first attempt.</summary>
    public int RetryAttempt { get; set; }

    /// <summary>Whether hosts already tried are avoided (<c>previous_hosts</c>).</summary>
    public bool AvoidPreviousHosts { get; set; }

    /// <summary>Whether canary hosts are avoided on retries (<c>omit_canary_hosts</c>).</summary>
    public bool AvoidCanaries { get; set; }

    /// <summary>Hosts that have all of this metadata are avoided on retries; null: none.</summary>
    public SubsetCriteria? AvoidMetadata { get; set; }

    /// <summary>How often a rejected candidate is replaced; the last one is taken then.</summary>
    public int SelectionAttemptsMax { get; set; } = 1;

    /// <summary>After so many attempts priorities that were tried are left out; zero: never.</summary>
    public int PriorityUpdateFrequency { get; set; }

    /// <summary>Name and port that a dynamic forward proxy goes to; empty: the request's host.</summary>
    public byte[] ForwardProxyHost { get; set; } = [];

    public IReadOnlyList<Host> Attempted => _attempted;

    /// <summary>What retries have tried of the cluster's priorities.</summary>
    public PriorityRetry Priorities => _priorities ??= new PriorityRetry();

    public void OnAttempt(Host host)
    {
        _attempted.Add(host);
        if (PriorityUpdateFrequency > 0)
        {
            Priorities.OnAttempt(host);
        }
    }

    public bool ShouldSelectAnother(Host host) => RetryAttempt > 0
        && ((AvoidPreviousHosts && _attempted.Contains(host))
            || (AvoidCanaries && host.Attributes.Canary)
            || (AvoidMetadata is { } criteria && criteria.IsMetBy(host)));

    public void Reset()
    {
        if (_attempted.Count > 0)
        {
            _attempted.Clear();
        }

        _priorities?.Reset();
        Hash = null;
        Subset = null;
        OriginalDestination = default;
        OverrideHost = default;
        NamedHosts?.Clear();
        IsOverrideStrict = false;
        RetryAttempt = 0;
        AvoidPreviousHosts = false;
        AvoidCanaries = false;
        AvoidMetadata = null;
        PriorityUpdateFrequency = 0;
        SelectionAttemptsMax = 1;
        ForwardProxyHost = [];
    }
}
