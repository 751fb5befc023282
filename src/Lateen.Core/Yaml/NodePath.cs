using System.Globalization;
using System.Text;

namespace Lateen.Core.Yaml;

/// <summary>Paths into a document: <c>spec.http[0].match[1].headers["x-user"]</c>.</summary>
public static class NodePath
{
    /// <summary>The path of a field below another path; either may be empty.</summary>
    public static string Field(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    /// <summary>The path of an item of a list.</summary>
    public static string Item(string path, int index) => $"{path}[{index}]";

    /// <summary>The path of an entry of a map with free keys.</summary>
    public static string Key(string path, string key) =>
        $"{path}[\"{key.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"",
            StringComparison.Ordinal)}\"]";

    /// <summary>
    /// Where the value at a path was written, or the nearest existing one above it. Fields are found under their
    /// camelCase or snake_case name.
    /// </summary>
    public static SourcePosition Locate(YamlNode root, string path)
    {
        var node = root;
        var position = root.Position;
        foreach (var step in Split(path))
        {
            (var next, position) = Step(node, step, position);
            if (next is null)
            {
                break;
            }

            node = next;
        }

        return position;
    }

    /// <summary>The value at a path; null where there is none.</summary>
    public static YamlNode? Find(YamlNode root, string path)
    {
        YamlNode? node = root;
        foreach (var step in Split(path))
        {
            (node, _) = Step(node!, step, default);
            if (node is null)
            {
                return null;
            }
        }

        return node;
    }

    private static (YamlNode? Node, SourcePosition Position) Step(YamlNode node, string step, SourcePosition last)
    {
        switch (node)
        {
            case YamlSequence list:
                var isIndex = int.TryParse(step, NumberStyles.None, CultureInfo.InvariantCulture, out var index);
                return isIndex && index < list.Items.Count
                    ? (list.Items[index], list.Items[index].Position)
                    : (null, last);
            case YamlMapping map:
                foreach (var (key, value) in map.Entries)
                {
                    if (SameName(key.Value, step))
                    {
                        // The key stands where a reader looks for the field.
                        return (value, key.Position);
                    }
                }

                return (null, last);
            default:
                return (null, last);
        }
    }

    private static bool SameName(string written, string wanted) =>
        written == wanted || (written.Contains('_', StringComparison.Ordinal) && ToCamel(written) == wanted);

    private static string ToCamel(string snake)
    {
        var text = new StringBuilder(snake.Length);
        for (var i = 0; i < snake.Length; i++)
        {
            text.Append(snake[i] == '_' && i + 1 < snake.Length ? char.ToUpperInvariant(snake[++i]) : snake[i]);
        }

        return text.ToString();
    }

    private static IEnumerable<string> Split(string path)
    {
        var text = new StringBuilder();
        for (var i = 0; i < path.Length; i++)
        {
            if (path[i] == '[' && i + 1 < path.Length && path[i + 1] == '"')
            {
                if (text.Length > 0)
                {
                    yield return text.ToString();
                    text.Clear();
                }

                for (i += 2; i < path.Length && path[i] != '"'; i++)
                {
                    text.Append(path[i] == '\\' && i + 1 < path.Length ? path[++i] : path[i]);
                }

                yield return text.ToString();
                text.Clear();
                i++;
            }
            else if (path[i] is '.' or '[' or ']')
            {
                if (text.Length > 0)
                {
                    yield return text.ToString();
                    text.Clear();
                }
            }
            else
            {
                text.Append(path[i]);
            }
        }

        if (text.Length > 0)
        {
            yield return text.ToString();
        }
    }
}
