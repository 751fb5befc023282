using System.Globalization;
using System.Text.Json;

namespace Lateen.Proxy.OAuth2;

/// <summary>The token endpoint's answer (RFC 6749, section 5.1).</summary>
/// <param name="AccessToken">Null: there was none.</param>
/// <param name="IdToken">Empty when there is none.</param>
/// <param name="RefreshToken">Empty when there is none.</param>
/// <param name="ExpiresInSeconds">Null: the answer does not say.</param>
internal sealed record OAuth2TokenAnswer(
    string? AccessToken, string IdToken, string RefreshToken, long? ExpiresInSeconds)
{
    /// <summary>Null with the reason when the text is no such answer.</summary>
    public static OAuth2TokenAnswer? TryParse(ReadOnlyMemory<byte> json, out string error)
    {
        using var document = CheckedJson.TryParse(json);
        if (document is null || document.RootElement.ValueKind != JsonValueKind.Object)
        {
            error = "Unable to parse JSON as proto (INVALID_ARGUMENT: invalid JSON)";
            return null;
        }
        var root = document.RootElement;
        if (!TryText(root, "access_token", "accessToken", out var access)
            || !TryText(root, "id_token", "idToken", out var id)
            || !TryText(root, "refresh_token", "refreshToken", out var refresh)
            || !TrySeconds(root, out var seconds))
        {
            error = "Unable to parse JSON as proto (INVALID_ARGUMENT: a field has another type)";
            return null;
        }
        error = "";
        return new OAuth2TokenAnswer(access, id ?? "", refresh ?? "", seconds);
    }

    private static bool TryText(JsonElement root, string name, string jsonName, out string? text)
    {
        text = null;
        if ((!root.TryGetProperty(name, out var value) && !root.TryGetProperty(jsonName, out value))
            || value.ValueKind == JsonValueKind.Null)
        {
            return true;
        }
        text = value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        return text is not null;
    }

    private static bool TrySeconds(JsonElement root, out long? seconds)
    {
        seconds = null;
        if ((!root.TryGetProperty("expires_in", out var value) && !root.TryGetProperty("expiresIn", out value))
            || value.ValueKind == JsonValueKind.Null)
        {
            return true;
        }
        var number = 0d;
        var isNumber = value.ValueKind switch
        {
            JsonValueKind.Number => value.TryGetDouble(out number),
            JsonValueKind.String => double.TryParse(
                value.GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out number),
            _ => false,
        };
        if (!isNumber || number is not (>= 0 and < 9e15) || number != Math.Floor(number))
        {
            return false;
        }
        seconds = (long)number;
        return true;
    }
}
