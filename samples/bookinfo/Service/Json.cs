using System.Text;
using System.Text.Json;

namespace Bookinfo.Service;

/// <summary>Objects written without reflection, which would cost start-up time.</summary>
internal static class Json
{
    public static string Error(string message) => Write(w => w.WriteString("error", message));

    public static string Write(Action<Utf8JsonWriter> fields)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            fields(writer);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    /// <summary>Puts JSON text in as a value; text that is none becomes null.</summary>
    public static void WriteRaw(this Utf8JsonWriter writer, string name, string json)
    {
        writer.WritePropertyName(name);
        try
        {
            writer.WriteRawValue(json);
        }
        catch (JsonException)
        {
            writer.WriteNullValue();
        }
    }
}
