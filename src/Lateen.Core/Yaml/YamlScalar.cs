using System.Globalization;
using System.Numerics;

namespace Lateen.Core.Yaml;

/// <summary>A single value: its text and what the text stands for.</summary>
public sealed class YamlScalar : YamlNode
{
    /// <summary>A scalar whose kind is already known.</summary>
    public YamlScalar(string value, YamlScalarKind kind, SourcePosition position = default)
        : base(position)
    {
        Value = value;
        Kind = kind;
    }

    /// <summary>A string.</summary>
    public YamlScalar(string value)
        : this(value, YamlScalarKind.Text)
    {
    }

    /// <summary>The text as written, with escapes resolved.</summary>
    public string Value { get; }

    /// <summary>What the text stands for.</summary>
    public YamlScalarKind Kind { get; }

    /// <summary>A boolean.</summary>
    public static YamlScalar Of(bool value) => new(value ? "true" : "false", YamlScalarKind.Boolean);

    /// <summary>An integer.</summary>
    public static YamlScalar Of(long value) =>
        new(value.ToString(CultureInfo.InvariantCulture), YamlScalarKind.WholeNumber);

    /// <summary>A null.</summary>
    public static YamlScalar Null { get; } = new("null", YamlScalarKind.Null);

    /// <summary>The value of a boolean scalar.</summary>
    public bool TryGetBoolean(out bool value)
    {
        value = Kind == YamlScalarKind.Boolean && char.ToLowerInvariant(Value[0]) switch
        {
            't' or 'y' => true,
            'o' => Value.Length == 2,
            _ => false,
        };
        return Kind == YamlScalarKind.Boolean;
    }

    /// <summary>
    /// The value of an integer scalar, or of a float scalar without a fraction. Strings are not looked into.
    /// </summary>
    public bool TryGetInteger(out BigInteger value)
    {
        value = default;
        switch (Kind)
        {
            case YamlScalarKind.WholeNumber:
                return ScalarResolver.TryParseInteger(Value, out value);
            case YamlScalarKind.RealNumber when TryGetDouble(out var number) && Math.Floor(number) == number:
                value = new BigInteger(number);
                return true;
            default:
                return false;
        }
    }

    /// <summary>The value of an integer or float scalar.</summary>
    public bool TryGetDouble(out double value)
    {
        value = 0;
        switch (Kind)
        {
            case YamlScalarKind.WholeNumber when ScalarResolver.TryParseInteger(Value, out var integer):
                value = (double)integer;
                return true;
            case YamlScalarKind.RealNumber:
                return ScalarResolver.TryParseFloat(Value, out value);
            default:
                return false;
        }
    }

    /// <inheritdoc/>
    public override string Describe() => Kind switch
    {
        YamlScalarKind.Null => "null",
        YamlScalarKind.Boolean => $"the boolean {Value}",
        YamlScalarKind.WholeNumber or YamlScalarKind.RealNumber => $"the number {Value}",
        _ => $"the string \"{(Value.Length > 60 ? Value[..57] + "..." : Value)}\"",
    };
}
