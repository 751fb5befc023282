namespace Lateen.Proxy.Routing;

/// <summary>One runtime value: its text, and as number or fraction (denominator 0: not a fraction).</summary>
internal readonly record struct RuntimeValue(string Text, double Number, uint Numerator = 0, uint Denominator = 0);
