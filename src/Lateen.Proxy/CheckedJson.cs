using System.Text.Json;

namespace Lateen.Proxy;

/// <summary>
/// JSON that a peer sent. The platform's reader finds broken texts (bytes that are no UTF-8, halves of surrogate pairs)
/// only when they are read, and throws then; here they make the document invalid.
/// </summary>
internal static class CheckedJson
{
    /// <summary>Parses a document of which every text can be read; null when it is none.</summary>
    public static JsonDocument? TryParse(ReadOnlyMemory<byte> bytes)
    {
        JsonDocument? document = null;
        try
        {
            document = JsonDocument.Parse(bytes);
            ReadTexts(document.RootElement);
            return document;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Told by the null: peers may send anything.
            document?.Dispose();
            return null;
        }
    }

    /// <summary>Ends, since the parser bounds the depth.</summary>
    private static void ReadTexts(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var property in element.EnumerateObject())
                {
                    _ = property.Name;
                    ReadTexts(property.Value);
                }
                break;
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray())
                {
                    ReadTexts(item);
                }
                break;
            case JsonValueKind.String:
                _ = element.GetString();
                break;
        }
    }
}
