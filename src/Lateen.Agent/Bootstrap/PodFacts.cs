using System.Text;

namespace Lateen.Agent.Bootstrap;

/// <summary>Labels and annotations of the pod, from the files that the downward API writes.</summary>
/// <param name="Labels">Empty where there is no file.</param>
/// <param name="Annotations">Empty where there is no file.</param>
public sealed record PodFacts(
    IReadOnlyDictionary<string, string> Labels,
    IReadOnlyDictionary<string, string> Annotations)
{
    /// <summary>Where there are no files.</summary>
    public static PodFacts None { get; } = new(new Dictionary<string, string>(), new Dictionary<string, string>());

    /// <summary>Reads <c>labels</c> and <c>annotations</c> in the folder; Istio's is <c>./etc/istio/pod</c>.</summary>
    public static PodFacts Read(string folder) =>
        new(ReadFile(Path.Combine(folder, "labels")), ReadFile(Path.Combine(folder, "annotations")));

    /// <summary>Lines of the form <c>key="value"</c>, the value quoted as Go does. Other lines are passed
    /// over.</summary>
    internal static Dictionary<string, string> Parse(string text)
    {
        var facts = new Dictionary<string, string>();
        foreach (var line in text.Split('\n'))
        {
            var equals = line.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0 || Unquote(line[(equals + 1)..].Trim()) is not { } value)
            {
                continue;
            }
            facts[line[..equals].Trim()] = value;
        }
        return facts;
    }

    private static Dictionary<string, string> ReadFile(string path) =>
        File.Exists(path) ? Parse(File.ReadAllText(path)) : [];

    // The escapes of Go's strconv.Quote.
    private static string? Unquote(string quoted)
    {
        if (quoted.Length < 2 || quoted[0] != '"' || quoted[^1] != '"')
        {
            return null;
        }
        var text = new StringBuilder(quoted.Length);
        for (var i = 1; i < quoted.Length - 1; i++)
        {
            if (quoted[i] != '\\' || i + 1 >= quoted.Length - 1)
            {
                text.Append(quoted[i]);
                continue;
            }
            i++;
            switch (quoted[i])
            {
                case 'n': text.Append('\n'); break;
                case 't': text.Append('\t'); break;
                case 'r': text.Append('\r'); break;
                case 'x': i = AppendHex(text, quoted, i, 2); break;
                case 'u': i = AppendHex(text, quoted, i, 4); break;
                case 'U': i = AppendHex(text, quoted, i, 8); break;
                default: text.Append(quoted[i]); break;
            }
        }
        return text.ToString();
    }

    private static int AppendHex(StringBuilder text, string quoted, int at, int digits)
    {
        if (at + digits < quoted.Length && int.TryParse(
            quoted.AsSpan(at + 1, digits), System.Globalization.NumberStyles.HexNumber, null, out var code)
            && Rune.IsValid(code))
        {
            text.Append(new Rune(code).ToString());
            return at + digits;
        }
        return at;
    }
}
