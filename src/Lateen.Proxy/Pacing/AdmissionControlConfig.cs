namespace Lateen.Proxy.Pacing;

/// <summary>Settings of the filter. Source: <c>admission_control.v3.AdmissionControl</c>.</summary>
internal sealed class AdmissionControlConfig
{
    public RuntimeNumber Enabled { get; init; } = new(1, "");

    public int WindowSeconds { get; init; } = 30;

    public RuntimeNumber Aggression { get; init; } = new(1, "");

    /// <summary>Percent of successes below which requests are refused.</summary>
    public RuntimeNumber Threshold { get; init; } = new(95, "");

    public RuntimeNumber RequestsPerSecondMin { get; init; }

    /// <summary>Percent of the requests that may be refused.</summary>
    public RuntimeNumber RejectionMax { get; init; } = new(80, "");

    /// <summary>Half-open ranges of statuses that are successes; empty: all below 500.</summary>
    public (int Start, int End)[] GoodHttp { get; init; } = [];

    public required HashSet<int> GoodGrpc { get; init; }

    public bool IsGoodHttp(int status)
    {
        if (GoodHttp.Length == 0)
        {
            return status < 500;
        }
        foreach (var (start, end) in GoodHttp)
        {
            if (status >= start && status < end)
            {
                return true;
            }
        }
        return false;
    }
}
