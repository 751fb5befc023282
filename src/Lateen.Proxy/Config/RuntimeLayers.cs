using System.Globalization;
using Envoy.Config.Bootstrap.V3;
using Google.Protobuf.WellKnownTypes;
using Lateen.Proxy.Routing;

namespace Lateen.Proxy.Config;

/// <summary>Merges the static layers of the bootstrap; later ones win.</summary>
internal static class RuntimeLayers
{
    public static RuntimeSettings Build(Bootstrap bootstrap)
    {
        var values = new Dictionary<string, RuntimeValue>();
        foreach (var layer in bootstrap.LayeredRuntime?.Layers ?? [])
        {
            if (layer.StaticLayer is { } fields)
            {
                Add(values, "", fields);
            }
        }
        return new RuntimeSettings(values);
    }

    private static void Add(Dictionary<string, RuntimeValue> values, string prefix, Struct fields)
    {
        foreach (var (key, value) in fields.Fields)
        {
            var name = prefix.Length == 0 ? key : $"{prefix}.{key}";
            switch (value.KindCase)
            {
                case Value.KindOneofCase.NumberValue:
                    var text = value.NumberValue.ToString(CultureInfo.InvariantCulture);
                    values[name] = new RuntimeValue(text, value.NumberValue);
                    break;
                case Value.KindOneofCase.StringValue:
                    double.TryParse(value.StringValue, CultureInfo.InvariantCulture, out var number);
                    values[name] = new RuntimeValue(value.StringValue, number);
                    break;
                case Value.KindOneofCase.BoolValue:
                    values[name] = new RuntimeValue(value.BoolValue ? "true" : "false", value.BoolValue ? 1 : 0);
                    break;
                case Value.KindOneofCase.StructValue when value.StructValue.Fields.ContainsKey("numerator"):
                    values[name] = Fraction(value.StructValue);
                    break;
                case Value.KindOneofCase.StructValue:
                    Add(values, name, value.StructValue);
                    break;
            }
        }
    }

    private static RuntimeValue Fraction(Struct fields)
    {
        var numerator = (uint)fields.Fields["numerator"].NumberValue;
        var unit = fields.Fields.TryGetValue("denominator", out var value) ? value.StringValue : "HUNDRED";
        var denominator = unit switch
        {
            "TEN_THOUSAND" => 10_000u,
            "MILLION" => 1_000_000u,
            _ => 100u,
        };
        return new RuntimeValue($"{numerator}/{denominator}", numerator, numerator, denominator);
    }
}
