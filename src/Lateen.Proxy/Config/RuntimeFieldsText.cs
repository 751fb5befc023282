using System.Globalization;
using System.Text;
using Google.Protobuf.WellKnownTypes;

namespace Lateen.Proxy.Config;

/// <summary>Runtime values that are fields, as Envoy shows them: protobuf's text for debugging.</summary>
internal static class RuntimeFieldsText
{
    private const string Head = "goo.gle/debugstr  \n";

    public static string Write(Struct fields)
    {
        var text = new StringBuilder(Head);
        Write(text, fields, "");
        return text.ToString();
    }

    private static void Write(StringBuilder text, Struct fields, string indent)
    {
        foreach (var (key, value) in fields.Fields.OrderBy(field => field.Key, StringComparer.Ordinal))
        {
            text.Append(CultureInfo.InvariantCulture, $"{indent}fields {{\n{indent}  key: \"{key}\"\n");
            text.Append(CultureInfo.InvariantCulture, $"{indent}  value {{\n");
            var inner = indent + "    ";
            switch (value.KindCase)
            {
                case Value.KindOneofCase.NumberValue:
                    text.Append(CultureInfo.InvariantCulture, $"{inner}number_value: {value.NumberValue}\n");
                    break;
                case Value.KindOneofCase.StringValue:
                    text.Append(CultureInfo.InvariantCulture, $"{inner}string_value: \"{value.StringValue}\"\n");
                    break;
                case Value.KindOneofCase.BoolValue:
                    text.Append(CultureInfo.InvariantCulture,
                        $"{inner}bool_value: {(value.BoolValue ? "true" : "false")}\n");
                    break;
                case Value.KindOneofCase.StructValue:
                    text.Append(CultureInfo.InvariantCulture, $"{inner}struct_value {{\n");
                    Write(text, value.StructValue, inner + "  ");
                    text.Append(CultureInfo.InvariantCulture, $"{inner}}}\n");
                    break;
            }
            text.Append(CultureInfo.InvariantCulture, $"{indent}  }}\n{indent}}}\n");
        }
    }
}
