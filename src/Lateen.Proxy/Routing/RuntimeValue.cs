using System.Globalization;

namespace Lateen.Proxy.Routing;

/// <summary>One runtime value: its text, and as number or fraction (denominator 0: not a fraction).</summary>
internal readonly record struct RuntimeValue(string Text, double Number, uint Numerator = 0, uint Denominator = 0)
{
    /// <summary>Neither a number nor a fraction nor a truth value: where one is asked for, the configured one
    /// holds.</summary>
    public bool IsText => Number == 0 && Denominator == 0 && Text != "false"
        && !double.TryParse(Text, NumberStyles.Float, CultureInfo.InvariantCulture, out _);
}
