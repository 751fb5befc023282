using System.Text;
using Google.Protobuf.WellKnownTypes;

namespace Lateen.Core.Protobuf;

/// <summary>Field masks in JSON: the paths in camelCase, with commas between them (protobuf's JSON mapping).</summary>
internal static class MaskText
{
    public static string Format(FieldMask mask) => string.Join(',', mask.Paths.Select(ToCamel));

    public static FieldMask Parse(string text)
    {
        var mask = new FieldMask();
        mask.Paths.AddRange(text.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(ToSnake));
        return mask;
    }

    private static string ToCamel(string path)
    {
        var result = new StringBuilder(path.Length);
        for (var i = 0; i < path.Length; i++)
        {
            if (path[i] == '_' && i + 1 < path.Length && char.IsAsciiLetterLower(path[i + 1]))
            {
                result.Append(char.ToUpperInvariant(path[++i]));
            }
            else
            {
                result.Append(path[i]);
            }
        }

        return result.ToString();
    }

    private static string ToSnake(string path)
    {
        var result = new StringBuilder(path.Length);
        foreach (var c in path)
        {
            if (char.IsAsciiLetterUpper(c))
            {
                result.Append('_').Append(char.ToLowerInvariant(c));
            }
            else
            {
                result.Append(c);
            }
        }

        return result.ToString();
    }
}
