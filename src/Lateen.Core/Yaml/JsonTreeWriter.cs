using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Lateen.Core.Yaml;

/// <summary>Writes a tree as JSON.</summary>
public static class JsonTreeWriter
{
    /// <summary>JSON text of a tree, indented by that many spaces when asked for.</summary>
    public static string Write(YamlNode node, bool indented = false, int indentSize = 2) =>
        Encoding.UTF8.GetString(WriteUtf8(node, indented, indentSize));

    /// <summary>JSON bytes of a tree.</summary>
    public static byte[] WriteUtf8(YamlNode node, bool indented = false, int indentSize = 2)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var options = new JsonWriterOptions
        {
            Indented = indented,
            IndentSize = indentSize,
            NewLine = "\n",
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        };
        using (var writer = new Utf8JsonWriter(buffer, options))
        {
            Write(writer, node);
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void Write(Utf8JsonWriter writer, YamlNode node)
    {
        switch (node)
        {
            case YamlMapping map:
                writer.WriteStartObject();
                foreach (var (key, value) in map.Entries)
                {
                    writer.WritePropertyName(key.Value);
                    Write(writer, value);
                }

                writer.WriteEndObject();
                break;
            case YamlSequence list:
                writer.WriteStartArray();
                foreach (var item in list.Items)
                {
                    Write(writer, item);
                }

                writer.WriteEndArray();
                break;
            case YamlScalar scalar:
                Write(writer, scalar);
                break;
        }
    }

    private static void Write(Utf8JsonWriter writer, YamlScalar scalar)
    {
        switch (scalar.Kind)
        {
            case YamlScalarKind.Null:
                writer.WriteNullValue();
                break;
            case YamlScalarKind.Boolean when scalar.TryGetBoolean(out var boolean):
                writer.WriteBooleanValue(boolean);
                break;
            case YamlScalarKind.WholeNumber when scalar.TryGetInteger(out var integer):
                writer.WriteRawValue(integer.ToString(CultureInfo.InvariantCulture));
                break;
            case YamlScalarKind.RealNumber when scalar.TryGetDouble(out var number) && double.IsFinite(number):
                writer.WriteNumberValue(number);
                break;
            default:
                writer.WriteStringValue(scalar.Value);
                break;
        }
    }
}
