namespace Lateen.Proxy.Stats;

/// <summary>Counts of values by bucket, written by one worker.</summary>
internal sealed class HistogramCells(double[] bounds)
{
    /// <summary>Envoy's default upper bounds.</summary>
    public static readonly double[] DefaultBounds =
    [
        0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000, 300000, 600000, 1800000, 3600000,
    ];

    private readonly long[] _counts = new long[bounds.Length + 1];

    public double[] Bounds { get; } = bounds;

    public long Count { get; private set; }

    public double Sum { get; private set; }

    public double Min { get; private set; } = double.NaN;

    public double Max { get; private set; } = double.NaN;

    public void Record(double value)
    {
        var index = 0;
        while (index < Bounds.Length && value > Bounds[index])
        {
            index++;
        }
        _counts[index]++;
        Count++;
        Sum += value;
        Min = Count == 1 || value < Min ? value : Min;
        Max = Count == 1 || value > Max ? value : Max;
    }

    /// <summary>How many values are at or below <c>Bounds[bucket]</c>; at the end, all.</summary>
    public long CumulativeCount(int bucket)
    {
        long sum = 0;
        for (var i = 0; i <= bucket; i++)
        {
            sum += Volatile.Read(ref _counts[i]);
        }
        return sum;
    }

    public void Merge(HistogramCells other)
    {
        for (var i = 0; i < Math.Min(_counts.Length, other._counts.Length); i++)
        {
            _counts[i] += other._counts[i];
        }
        Count += other.Count;
        Sum += other.Sum;
        Min = double.IsNaN(Min) || other.Min < Min ? other.Min : Min;
        Max = double.IsNaN(Max) || other.Max > Max ? other.Max : Max;
    }

    /// <summary>Takes away what was there before; extremes are then those of the whole.</summary>
    public void Subtract(HistogramCells before)
    {
        for (var i = 0; i < Math.Min(_counts.Length, before._counts.Length); i++)
        {
            _counts[i] = Math.Max(0, _counts[i] - before._counts[i]);
        }
        Count = Math.Max(0, Count - before.Count);
        Sum = Math.Max(0, Sum - before.Sum);
    }

    /// <summary>An estimate of the quantile (0 to 1), straight within a bucket.</summary>
    public double Quantile(double q)
    {
        if (Count == 0)
        {
            return double.NaN;
        }
        var rank = q * Count;
        long before = 0;
        for (var i = 0; i < _counts.Length; i++)
        {
            if (_counts[i] > 0 && before + _counts[i] >= rank)
            {
                var low = Math.Max(i == 0 ? 0 : Bounds[i - 1], Min);
                var high = Math.Min(i < Bounds.Length ? Bounds[i] : Max, Max);
                return low + (Math.Max(high, low) - low) * ((rank - before) / _counts[i]);
            }
            before += _counts[i];
        }
        return Max;
    }
}
