using Lateen.Proxy.Addresses;

namespace Lateen.Proxy.Clusters;

/// <summary>What a pick of a host may depend on. One object per stream or connection, reused.</summary>
internal sealed class LoadBalancerContext
{
    private readonly List<Host> _attemptedBefore = [];
    private Host? _attempted;

    /// <summary>Hash of the route's hash policy; null: none.</summary>
    public ulong? Hash { get; set; }

    /// <summary>Where an ORIGINAL_DST cluster connects to; empty: nowhere.</summary>
    public Address OriginalDestination { get; set; }

    /// <summary>Metadata that the host must have, where the cluster has subsets; null: none.</summary>
    public SubsetCriteria? Subset { get; set; }

    /// <summary>The host that is to be taken if the cluster has it, on the first attempt; empty: none.</summary>
    public Address OverrideHost { get; set; }

    /// <summary>Without that host there is none.</summary>
    public bool IsOverrideStrict { get; set; }

    /// <summary>Zero for the first attempt.</summary>
    public int RetryAttempt { get; set; }

    /// <summary>Whether hosts already tried are avoided (<c>previous_hosts</c>).</summary>
    public bool AvoidPreviousHosts { get; set; }

    /// <summary>How often a rejected candidate is replaced; the last one is taken then.</summary>
    public int SelectionAttemptsMax { get; set; } = 1;

    public void OnAttempt(Host host)
    {
        if (_attempted is not null)
        {
            _attemptedBefore.Add(_attempted);
        }

        _attempted = host;
    }

    public bool ShouldSelectAnother(Host host) =>
        AvoidPreviousHosts && RetryAttempt > 0 && (_attempted == host || _attemptedBefore.Contains(host));

    public void Reset()
    {
        _attempted = null;
        if (_attemptedBefore.Count > 0)
        {
            _attemptedBefore.Clear();
        }

        Hash = null;
        Subset = null;
        OriginalDestination = default;
        OverrideHost = default;
        IsOverrideStrict = false;
        RetryAttempt = 0;
        AvoidPreviousHosts = false;
        SelectionAttemptsMax = 1;
    }
}
