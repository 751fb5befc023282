using System.Text;

namespace Lateen.Proxy.Transcoding;

/// <summary>A request's path in parts, and how escapes in them are undone.</summary>
internal static class PathSegments
{
    /// <summary>Which escapes stay as they are. The values are Envoy's.</summary>
    internal enum Unescape
    {
        ExceptReserved,
        ExceptSlash,
        All,
    }

    /// <summary>The parts of a path; a verb after the last colon is a part of its own.</summary>
    public static List<string> Split(string path, ICollection<string> verbs, bool anyVerb)
    {
        var colon = path.LastIndexOf(':');
        if (colon > path.LastIndexOf('/') && (anyVerb || verbs.Contains(path[(colon + 1)..])))
        {
            path = $"{path[..colon]}/{path[(colon + 1)..]}";
        }
        List<string> parts = path.Length > 0 ? [.. path[1..].Split('/')] : [];
        while (parts.Count > 0 && parts[^1].Length == 0)
        {
            parts.RemoveAt(parts.Count - 1);
        }
        return parts;
    }

    /// <summary>The text without its escapes; those that are none stay.</summary>
    public static string Decode(string text, Unescape spec, bool plus = false)
    {
        if (!text.Contains('%', StringComparison.Ordinal) && !(plus && text.Contains('+', StringComparison.Ordinal)))
        {
            return text;
        }
        var source = Encoding.UTF8.GetBytes(text);
        var result = new List<byte>(source.Length);
        for (var i = 0; i < source.Length; i++)
        {
            if (source[i] == '%' && i + 2 < source.Length && Hex(source[i + 1]) is >= 0 and var high
                && Hex(source[i + 2]) is >= 0 and var low && IsUndone((char)((high << 4) | low), spec))
            {
                result.Add((byte)((high << 4) | low));
                i += 2;
            }
            else
            {
                result.Add(plus && source[i] == '+' ? (byte)' ' : source[i]);
            }
        }
        return Encoding.UTF8.GetString([.. result]);
    }

    private static bool IsUndone(char c, Unescape spec) => spec switch
    {
        Unescape.ExceptReserved => !"!#$&'()*+,/:;=?@[]".Contains(c, StringComparison.Ordinal),
        Unescape.ExceptSlash => c != '/',
        _ => true,
    };

    private static int Hex(byte b) => b switch
    {
        >= (byte)'0' and <= (byte)'9' => b - '0',
        >= (byte)'a' and <= (byte)'f' => b - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => b - 'A' + 10,
        _ => -1,
    };
}
