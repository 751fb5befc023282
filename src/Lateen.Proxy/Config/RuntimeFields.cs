using Google.Protobuf.WellKnownTypes;
using Lateen.Proxy.Routing;

namespace Lateen.Proxy.Config;

/// <summary>Runtime values that stand as fields, in static and discovered layers.</summary>
internal static class RuntimeFields
{
    private const string Numerator = "numerator";
    private const string Denominator = "denominator";

    /// <summary>Adds all values, nested ones with dots in their names. Returns the name of one that cannot be any;
    /// null: all are good.</summary>
    public static string? Add(Dictionary<string, RuntimeValue> values, Struct fields, string prefix = "")
    {
        foreach (var (key, value) in fields.Fields)
        {
            var name = prefix.Length == 0 ? key : $"{prefix}.{key}";
            switch (value.KindCase)
            {
                case Value.KindOneofCase.NumberValue:
                    values[name] = RuntimeValue.Of(value.NumberValue);
                    break;
                case Value.KindOneofCase.StringValue:
                    values[name] = RuntimeValue.OfText(value.StringValue);
                    break;
                case Value.KindOneofCase.BoolValue:
                    values[name] = RuntimeValue.Of(value.BoolValue);
                    break;
                case Value.KindOneofCase.StructValue when IsValue(value.StructValue):
                    values[name] = Share(value.StructValue);
                    break;
                case Value.KindOneofCase.StructValue:
                    if (Add(values, value.StructValue, name) is { } wrong)
                    {
                        return wrong;
                    }
                    break;
                default:
                    return name;
            }
        }
        return null;
    }

    private static bool IsValue(Struct fields) => fields.Fields.Count == 0
        || fields.Fields.ContainsKey(Numerator) || fields.Fields.ContainsKey(Denominator);

    private static RuntimeValue Share(Struct fields)
    {
        var (numerator, denominator) = (0u, RuntimeText.UnitOf("HUNDRED"));
        var text = RuntimeFieldsText.Write(fields);
        foreach (var (key, value) in fields.Fields)
        {
            if (key == Numerator)
            {
                numerator = (uint)Math.Clamp(value.NumberValue, 0, uint.MaxValue);
            }
            else if (key == Denominator && RuntimeText.UnitOf(value.StringValue) is > 0 and var unit)
            {
                denominator = unit;
            }
            else
            {
                return new RuntimeValue(text);
            }
        }
        return RuntimeValue.Of(numerator, denominator, text);
    }
}
