using System.Text.Json;
using Google.Protobuf.WellKnownTypes;

namespace Lateen.Proxy.Jwt;

/// <summary>JSON as dynamic metadata.</summary>
internal static class JwtValues
{
    public static Value ToValue(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.String:
                return Value.ForString(element.GetString());
            case JsonValueKind.Number:
                return Value.ForNumber(element.GetDouble());
            case JsonValueKind.True or JsonValueKind.False:
                return Value.ForBool(element.GetBoolean());
            case JsonValueKind.Array:
                return Value.ForList([.. element.EnumerateArray().Select(ToValue)]);
            case JsonValueKind.Object:
                var fields = new Struct();
                foreach (var property in element.EnumerateObject())
                {
                    fields.Fields[property.Name] = ToValue(property.Value);
                }
                return Value.ForStruct(fields);
            default:
                return Value.ForNull();
        }
    }

    /// <summary>A claim such as <c>scope</c> becomes a list of its words.</summary>
    public static void SplitAtSpaces(Struct payload, string claim)
    {
        if (payload.Fields.TryGetValue(claim, out var value) && value.KindCase == Value.KindOneofCase.StringValue)
        {
            payload.Fields[claim] = Value.ForList([.. value.StringValue
                .Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Value.ForString)]);
        }
    }
}
