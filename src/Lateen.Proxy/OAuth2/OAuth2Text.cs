using System.Text;

namespace Lateen.Proxy.OAuth2;

/// <summary>Percent-encoding as the filter and its requests use it. Texts hold bytes, one character each.</summary>
internal static class OAuth2Text
{
    private const string Unreserved = "-_.~";

    /// <summary>Characters that bodies of token requests encode.</summary>
    public const string FormReserved = ":/=&?+";

    /// <summary>Everything but letters, digits and the unreserved marks is encoded.</summary>
    public static string UrlEncode(string text)
    {
        var encoded = new StringBuilder(text.Length + 16);
        foreach (var c in text)
        {
            Append(encoded, c, !char.IsAsciiLetterOrDigit(c) && !Unreserved.Contains(c, StringComparison.Ordinal));
        }
        return encoded.ToString();
    }

    /// <summary>Unprintable characters and <paramref name="reserved"/> ones are encoded.</summary>
    public static string Encode(string text, string reserved)
    {
        var encoded = new StringBuilder(text.Length + 16);
        foreach (var c in text)
        {
            Append(encoded, c, c is < ' ' or >= '~' || reserved.Contains(c, StringComparison.Ordinal));
        }
        return encoded.ToString();
    }

    private static void Append(StringBuilder output, char c, bool encode)
    {
        if (encode)
        {
            output.Append('%').Append(((byte)c).ToString("X2", System.Globalization.CultureInfo.InvariantCulture));
        }
        else
        {
            output.Append(c);
        }
    }
}
