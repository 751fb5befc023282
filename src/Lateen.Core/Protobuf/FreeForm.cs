using Google.Protobuf.WellKnownTypes;
using Lateen.Core.Yaml;

namespace Lateen.Core.Protobuf;

/// <summary>Converts between trees and the free-form messages <c>Struct</c> and <c>Value</c>.</summary>
public static class FreeForm
{
    /// <summary>A map as a struct.</summary>
    public static Struct ToStruct(YamlMapping map)
    {
        var result = new Struct();
        foreach (var (key, value) in map.Entries)
        {
            result.Fields[key.Value] = ToValue(value);
        }

        return result;
    }

    /// <summary>Any node as a value. Integers become doubles: those above 2^53 lose their last digits.</summary>
    public static Value ToValue(YamlNode node)
    {
        switch (node)
        {
            case YamlMapping map:
                return new Value { StructValue = ToStruct(map) };
            case YamlSequence list:
                var values = new ListValue();
                values.Values.AddRange(list.Items.Select(ToValue));
                return new Value { ListValue = values };
            case YamlScalar { Kind: YamlScalarKind.Null }:
                return Value.ForNull();
            case YamlScalar scalar when scalar.TryGetBoolean(out var boolean):
                return Value.ForBool(boolean);
            case YamlScalar scalar when scalar.TryGetDouble(out var number):
                return Value.ForNumber(number);
            default:
                return Value.ForString(((YamlScalar)node).Value);
        }
    }

    /// <summary>A value as a node.</summary>
    public static YamlNode ToNode(Value value) => value.KindCase switch
    {
        Value.KindOneofCase.BoolValue => YamlScalar.Of(value.BoolValue),
        Value.KindOneofCase.NumberValue => MessageWriter.Number(value.NumberValue),
        Value.KindOneofCase.StringValue => new YamlScalar(value.StringValue),
        Value.KindOneofCase.StructValue => ToNode(value.StructValue),
        Value.KindOneofCase.ListValue => new YamlSequence(value.ListValue.Values.Select(ToNode).ToList()),
        _ => YamlScalar.Null,
    };

    /// <summary>A struct as a map, its keys sorted.</summary>
    public static YamlMapping ToNode(Struct value) =>
        new(value.Fields.OrderBy(f => f.Key, StringComparer.Ordinal)
            .Select(f => KeyValuePair.Create(new YamlScalar(f.Key), ToNode(f.Value))).ToList());
}
