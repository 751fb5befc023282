using System.Text.Json;

namespace Lateen.ControlPlane.Jwks;

/// <summary>Key sets as JSON (RFC 7517 section 5).</summary>
internal static class JwksText
{
    /// <summary>Whether the text is an object with an array <c>keys</c>.</summary>
    public static bool IsKeySet(string text)
    {
        using var document = TryParse(text);
        return document is not null;
    }

    /// <summary>Whether proxies can use some key of the set: one of whose kind and parts they know.</summary>
    public static bool HoldsKey(string text)
    {
        using var document = TryParse(text);
        return document is not null && KeysOf(document).Any(IsKnown);
    }

    /// <summary>Whether both hold the same keys, in whatever order.</summary>
    public static bool HoldsSame(string text, string other)
    {
        if (text == other)
        {
            return true;
        }
        using var a = TryParse(text);
        using var b = TryParse(other);
        return a is not null && b is not null
            && Sorted(a).SequenceEqual(Sorted(b), EqualityComparer<JsonElement>.Create(JsonElement.DeepEquals));
    }

    private static JsonDocument? TryParse(string text)
    {
        try
        {
            var document = JsonDocument.Parse(text);
            if (document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty("keys", out var keys) && keys.ValueKind == JsonValueKind.Array)
            {
                return document;
            }
            document.Dispose();
            return null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static JsonElement.ArrayEnumerator KeysOf(JsonDocument set) =>
        set.RootElement.GetProperty("keys").EnumerateArray();

    private static IEnumerable<JsonElement> Sorted(JsonDocument set) =>
        KeysOf(set).OrderBy(key => Text(key, "kid"), StringComparer.Ordinal);

    private static bool IsKnown(JsonElement key) => Text(key, "kty") switch
    {
        "RSA" => Has(key, "n") && Has(key, "e"),
        "EC" => Text(key, "crv") is "P-256" or "P-384" or "P-521" && Has(key, "x") && Has(key, "y"),
        "OKP" => Text(key, "crv") == "Ed25519" && Has(key, "x"),
        "oct" => Has(key, "k"),
        _ => false,
    };

    private static bool Has(JsonElement key, string name) => Text(key, name).Length > 0;

    private static string Text(JsonElement key, string name) =>
        key.ValueKind == JsonValueKind.Object && key.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
}
