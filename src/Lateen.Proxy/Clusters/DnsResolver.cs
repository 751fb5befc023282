using System.Net;
using System.Net.Sockets;
using Lateen.Proxy.Addresses;
using Lateen.Proxy.Config.Decode;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Clusters;

/// <summary>
/// Resolves the names of a DNS cluster again and again. A failed look-up keeps the hosts; an empty answer or an unknown
/// name removes
/// them. Its own asynchronous life; results come under no lock but the cluster's.
/// </summary>
internal sealed class DnsResolver(
    Cluster cluster, List<DnsTarget> targets, TimeProvider clock, Action onResolved) : IDisposable
{
    private const int AddressCountMax = 1024;

    private readonly CancellationTokenSource _stop = new();
    private readonly Dictionary<DnsTarget, List<HostSpec>> _answers = [];

    /// <summary>When all names are addresses there is nothing to resolve; then the hosts are set at once.</summary>
    public bool TryApplyAddresses()
    {
        if (!targets.TrueForAll(target => IpAddress.TryParse(target.Name.AsSpan(), out _)))
        {
            return false;
        }
        foreach (var target in targets)
        {
            if (IpAddress.TryParse(target.Name.AsSpan(), out var ip))
            {
                _answers[target] = [Spec(target, ip)];
            }
        }
        Apply();
        return true;
    }

    public void Start() => _ = RunAsync(_stop.Token);

    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
    }

    private static HostSpec Spec(DnsTarget target, IpAddress ip) => new(
        new Address(ip, target.Port), target.Hostname.Length > 0 ? target.Hostname : target.Name, target.Attributes);

    private async Task RunAsync(CancellationToken stop)
    {
        var refresh = Durations.TimerSpan(cluster.Config.DnsRefreshRateNanos);
        while (!stop.IsCancellationRequested)
        {
            foreach (var target in targets)
            {
                await ResolveAsync(target, stop);
            }
            if (stop.IsCancellationRequested)
            {
                return;
            }
            Apply();
            onResolved();
            try
            {
                await Task.Delay(refresh, clock, stop);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task ResolveAsync(DnsTarget target, CancellationToken stop)
    {
        cluster.Stats.Scope.AddFromMain((int)ClusterStat.UpdateAttempt);
        try
        {
            var addresses = await Dns.GetHostAddressesAsync(target.Name, stop);
            cluster.Stats.Scope.AddFromMain((int)ClusterStat.UpdateSuccess);
            _answers[target] =
                [.. Choose(addresses).Take(AddressCountMax).Select(ip => Spec(target, IpAddress.From(ip)))];
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.HostNotFound or SocketError.NoData)
        {
            cluster.Stats.Scope.AddFromMain((int)ClusterStat.UpdateEmpty);
            _answers[target] = [];
        }
        catch (SocketException)
        {
            cluster.Stats.Scope.AddFromMain((int)ClusterStat.UpdateFailure);
        }
        catch (OperationCanceledException)
        {
            // The cluster is gone.
        }
    }

    /// <summary>The addresses of the families that the cluster wants; LOGICAL_DNS takes the first only.</summary>
    private IEnumerable<IPAddress> Choose(IPAddress[] addresses)
    {
        var v4 = addresses.Where(address => address.AddressFamily == AddressFamily.InterNetwork).ToArray();
        var v6 = addresses.Where(address => address.AddressFamily == AddressFamily.InterNetworkV6).ToArray();
        var chosen = cluster.Config.DnsLookupFamily switch
        {
            1 => v4,
            2 => v6,
            3 => v4.Length > 0 ? v4 : v6,
            4 => [.. v6, .. v4],
            _ => v6.Length > 0 ? v6 : v4,
        };
        return cluster.Config.Type == DiscoveryType.LogicalDns ? chosen.Take(1) : chosen;
    }

    private void Apply() =>
        cluster.ApplyHosts([.. targets.SelectMany(target => _answers.GetValueOrDefault(target) ?? [])]);
}
