using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Lateen.ControlPlane.Jwks;

/// <summary>Key sets as JSON (RFC 7517 section 5).</summary>
internal static class JwksText
{
    private static readonly HashSet<string> _members =
        ["kty", "kid", "alg", "use", "key_ops", "crv", "x", "y", "n", "e", "k"];

    /// <summary>
    /// What proxies are given for a set as it was served: the same text when all of it is plain and readable, otherwise
    /// one with the keys that they can read, since they refuse a listener with a set of which they can read none or
    /// that is JSON of a kind which they do not take. Empty when they can read none; null when it is no key set.
    /// </summary>
    public static string? ForProxies(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            if (document.RootElement.ValueKind != JsonValueKind.Object
                || !document.RootElement.TryGetProperty("keys", out var keys) || keys.ValueKind != JsonValueKind.Array)
            {
                return null;
            }
            var readable = keys.EnumerateArray().Where(JwkReader.CanRead).ToList();
            return readable.Count == 0 ? ""
                : readable.Count == keys.GetArrayLength() && document.RootElement.EnumerateObject().Count() == 1
                    && readable.All(IsPlain) ? text
                : Write(readable);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The second: half of a surrogate pair in a text.
            return null;
        }
    }

    /// <summary>Whether two texts for proxies hold the same keys, in whatever order.</summary>
    public static bool HoldsSame(string text, string other)
    {
        if (text == other || text.Length == 0 || other.Length == 0)
        {
            return text == other;
        }
        using var a = JsonDocument.Parse(text);
        using var b = JsonDocument.Parse(other);
        return Sorted(a).SequenceEqual(Sorted(b), EqualityComparer<JsonElement>.Create(JsonElement.DeepEquals));
    }

    private static IEnumerable<JsonElement> Sorted(JsonDocument set) => set.RootElement.GetProperty("keys")
        .EnumerateArray().OrderBy(key => JwkReader.Text(key, "kid"), StringComparer.Ordinal);

    private static bool IsPlain(JsonElement key) => key.EnumerateObject().All(member =>
        member.Name.Length > 0 && (member.Value.ValueKind is JsonValueKind.True or JsonValueKind.False
            || IsText(member.Value) || IsTexts(member.Value)));

    private static bool IsText(JsonElement value) =>
        value.ValueKind == JsonValueKind.String && value.GetString() is not null;

    private static bool IsTexts(JsonElement value) =>
        value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(IsText);

    private static string Write(List<JsonElement> keys)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(bytes))
        {
            writer.WriteStartObject();
            writer.WriteStartArray("keys");
            foreach (var key in keys)
            {
                writer.WriteStartObject();
                foreach (var member in key.EnumerateObject().Where(member => _members.Contains(member.Name)
                    && (IsText(member.Value) || IsTexts(member.Value))))
                {
                    member.WriteTo(writer);
                }
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }
}
