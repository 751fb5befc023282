namespace Lateen.Proxy.Clusters;

/// <content>Ejections by how many requests of an interval succeeded.</content>
internal sealed partial class OutlierDetector
{
    private bool EjectByRates(bool isLocal)
    {
        var rateHostsMin = Runtime("success_rate_minimum_hosts", _config.SuccessRateMinimumHosts);
        var failureHostsMin = Runtime("failure_percentage_minimum_hosts", _config.FailurePercentageMinimumHosts);
        SetShown(isLocal, -1, -1);
        if (_cluster.Hosts.Hosts.Length < Math.Min(rateHostsMin, failureHostsMin))
        {
            return false;
        }
        var rateVolume = Runtime("success_rate_request_volume", _config.SuccessRateRequestVolume);
        var failureVolume = Runtime("failure_percentage_request_volume", _config.FailurePercentageRequestVolume);
        var rates = Rates(isLocal);
        var changed = false;
        var judged = rates.FindAll(rate => rate.Total >= rateVolume);
        foreach (var (host, rate, _) in judged)
        {
            SetRate(host, isLocal, rate);
        }
        if (judged.Count > 0 && judged.Count >= rateHostsMin)
        {
            var mean = judged.Average(rate => rate.Rate);
            var deviation = Math.Sqrt(judged.Average(rate => (rate.Rate - mean) * (rate.Rate - mean)));
            var factor = Runtime("success_rate_stdev_factor", _config.SuccessRateStdevFactor) / 1000.0;
            var threshold = mean - deviation * factor;
            SetShown(isLocal, mean, threshold);
            var kind = isLocal ? OutlierKind.LocalOriginSuccessRate : OutlierKind.SuccessRate;
            changed |= EjectAll(judged.FindAll(rate => rate.Rate < threshold), kind);
        }
        judged = rates.FindAll(rate => rate.Total >= failureVolume);
        if (judged.Count > 0 && judged.Count >= failureHostsMin)
        {
            var threshold = Runtime("failure_percentage_threshold", _config.FailurePercentageThreshold);
            var kind = isLocal ? OutlierKind.LocalOriginFailurePercentage : OutlierKind.FailurePercentage;
            changed |= EjectAll(judged.FindAll(rate => 100 - rate.Rate >= threshold), kind);
        }
        return changed;
    }

    private List<(Host Host, double Rate, long Total)> Rates(bool isLocal)
    {
        var rates = new List<(Host Host, double Rate, long Total)>();
        foreach (var host in _cluster.Hosts.Hosts)
        {
            if (host.Outlier is not { } state || (host.Health & HealthFlags.FailedOutlierCheck) != 0)
            {
                continue;
            }
            SetRate(host, isLocal, -1);
            var (success, total) = isLocal
                ? (state.LocalIntervalSuccess, state.LocalIntervalTotal)
                : (state.IntervalSuccess, state.IntervalTotal);
            if (total > 0)
            {
                rates.Add((host, 100.0 * success / total, total));
            }
        }
        return rates;
    }

    private bool EjectAll(List<(Host Host, double Rate, long Total)> hosts, OutlierKind kind)
    {
        var changed = false;
        foreach (var (host, _, _) in hosts)
        {
            if ((host.Health & HealthFlags.FailedOutlierCheck) == 0)
            {
                CountDetected(kind);
                changed |= Eject(host, kind);
            }
        }
        return changed;
    }

    private void SetShown(bool isLocal, double average, double threshold)
    {
        if (isLocal)
        {
            (LocalSuccessRateAverage, LocalSuccessRateThreshold) = (average, threshold);
        }
        else
        {
            (SuccessRateAverage, SuccessRateThreshold) = (average, threshold);
        }
    }

    private static void SetRate(Host host, bool isLocal, double rate)
    {
        if (isLocal)
        {
            host.Outlier!.LocalSuccessRate = rate;
        }
        else
        {
            host.Outlier!.SuccessRate = rate;
        }
    }
}
