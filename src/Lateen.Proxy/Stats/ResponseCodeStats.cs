namespace Lateen.Proxy.Stats;

/// <summary>
/// Counters per response code, made when a code is first seen: <c>PREFIX200</c> and <c>PREFIX2xx</c>. Indices are kept
/// in a
/// table by code, so that counting is two array reads.
/// </summary>
internal sealed class ResponseCodeStats(StatsScope scope, string prefix, bool countCodes, bool countCompleted = false)
{
    private int _completed;


    private readonly int[] _codes = new int[countCodes ? 600 : 0];
    private readonly int[] _classes = new int[6];

    /// <summary>Counts a response of <paramref name="code"/> (100 to 599; others only in no class).</summary>
    public void Count(int worker, int code)
    {
        if (code is < 100 or > 599)
        {
            return;
        }
        var group = code / 100;
        if (countCompleted)
        {
            if (_completed == 0)
            {
                _completed = scope.GetOrAdd($"{prefix}completed") + 1;
            }
            scope.Add(worker, _completed - 1);
        }
        if (_classes[group] == 0)
        {
            _classes[group] = scope.GetOrAdd($"{prefix}{group}xx") + 1;
        }
        scope.Add(worker, _classes[group] - 1);
        if (countCodes)
        {
            if (_codes[code] == 0)
            {
                _codes[code] = scope.GetOrAdd($"{prefix}{code}") + 1;
            }
            scope.Add(worker, _codes[code] - 1);
        }
    }
}
