namespace Lateen.Proxy.Overload;

/// <summary>When a resource's pressure counts: from a value on, or in between two by degrees.</summary>
/// <param name="Resource">Name of the monitor.</param>
/// <param name="From">Where it begins.</param>
/// <param name="Full">Where it is in full force; equal to <paramref name="From"/>: at once.</param>
internal sealed record OverloadTrigger(string Resource, double From, double Full)
{
    /// <summary>0 to 1.</summary>
    public double StateAt(double pressure)
    {
        if (Full <= From)
        {
            return pressure >= From ? 1 : 0;
        }
        // Single precision, so that a half is a half in spite of 0.7 - 0.5.
        return (float)Math.Clamp((pressure - From) / (Full - From), 0, 1);
    }
}
