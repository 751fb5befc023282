using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace Lateen.Proxy.OAuth2;

/// <summary>
/// What a sign-in carries through the authorization server as <c>state</c>: base64url of a JSON object.
/// </summary>
/// <param name="Url">Where the user wanted to go.</param>
/// <param name="CsrfToken">Must equal the cookie of the flow.</param>
/// <param name="FlowId">Ends the names of the flow's cookies; empty in states of old versions.</param>
internal sealed record OAuth2State(string Url, string CsrfToken, string FlowId)
{
    public string Encode() => Base64Url.EncodeToString(Encoding.Latin1.GetBytes(
        $"{{\"url\":\"{Escape(Url)}\",\"csrf_token\":\"{Escape(CsrfToken)}\",\"flow_id\":\"{Escape(FlowId)}\"}}"));

    /// <summary>Null with the reason when the text is no state.</summary>
    public static OAuth2State? TryDecode(string text, out string error)
    {
        var bytes = !text.Contains('=') && Base64Url.IsValid(text) ? Base64Url.DecodeFromChars(text) : [];
        var shown = Encoding.Latin1.GetString(bytes);
        error = $"State query param is not a valid JSON: {shown}";
        using var document = CheckedJson.TryParse(bytes);
        if (document is null || document.RootElement.ValueKind != JsonValueKind.Object)
        {
            return null;
        }
        var root = document.RootElement;
        error = $"State query param does not contain url or CSRF token: {shown}";
        if (!root.TryGetProperty("url", out var url) || !root.TryGetProperty("csrf_token", out var token))
        {
            return null;
        }
        return new OAuth2State(
            TextOf(url), TextOf(token), root.TryGetProperty("flow_id", out var flow) ? TextOf(flow) : "");
    }

    /// <summary>Bytes, one character each, as everywhere in the filter.</summary>
    private static string TextOf(JsonElement value) => value.ValueKind == JsonValueKind.String
        ? Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(value.GetString()!))
        : "";

    private static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length + 8);
        foreach (var c in text)
        {
            switch (c)
            {
                case '"' or '\\':
                    escaped.Append('\\').Append(c);
                    break;
                case < ' ' or (char)0x7F:
                    escaped.Append(System.Globalization.CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
                    break;
                default:
                    escaped.Append(c);
                    break;
            }
        }
        return escaped.ToString();
    }
}
