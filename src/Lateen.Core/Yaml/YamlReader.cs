using System.Collections.Immutable;
using YamlDotNet.Core;

namespace Lateen.Core.Yaml;

/// <summary>
/// Reads YAML and JSON texts, with several documents where they hold several. Documents are told apart by their
/// <c>---</c> lines before they are parsed, so that one with a syntax error costs only itself.
/// </summary>
public static class YamlReader
{
    /// <summary>The code of errors in the syntax.</summary>
    public const string SyntaxCode = "yaml.syntax";

    /// <summary>Reads all documents of a text.</summary>
    /// <param name="text">YAML or JSON.</param>
    /// <param name="file">Named in positions and errors.</param>
    /// <param name="limits">Null for <see cref="YamlLimits.Default"/>.</param>
    public static YamlStream Read(string text, string? file = null, YamlLimits? limits = null)
    {
        limits ??= YamlLimits.Default;
        if (text.Length > limits.MaxLength)
        {
            var error = new ConfigError("", SyntaxCode, $"the text is longer than {limits.MaxLength} characters",
                "Split it into several files.", file);
            return new YamlStream([], [error]);
        }

        var documents = ImmutableArray.CreateBuilder<YamlNode>();
        var errors = ImmutableArray.CreateBuilder<ConfigError>();
        if (JsonTreeReader.TryRead(text, file, limits, out var json))
        {
            return new YamlStream([json], []);
        }

        foreach (var (chunk, firstLine) in Split(text))
        {
            try
            {
                YamlTreeBuilder.Read(chunk, file, firstLine, limits, documents);
            }
            catch (YamlException e)
            {
                var (line, column) = ((int)e.Start.Line + firstLine - 1, (int)e.Start.Column);
                errors.Add(new ConfigError("", SyntaxCode, Describe(e), null, file, line, column));
            }
            catch (YamlLimitException e)
            {
                errors.Add(new ConfigError("", SyntaxCode, e.Message, e.Hint, file, e.Position.Line,
                    e.Position.Column));
            }
        }

        return new YamlStream(documents.DrainToImmutable(), errors.DrainToImmutable());
    }

    private static string Describe(YamlException e)
    {
        // The library puts its position in front of the message; ours stands elsewhere.
        var message = e.InnerException is YamlException inner ? inner.Message : e.Message;
        var end = message.StartsWith('(') ? message.IndexOf("): ", StringComparison.Ordinal) : -1;
        message = end > 0 ? message[(end + 3)..] : message;
        return $"this is not valid YAML: {message.TrimEnd('.')}";
    }

    private static IEnumerable<(string Chunk, int FirstLine)> Split(string text)
    {
        var (start, line, firstLine) = (0, 1, 1);
        for (var at = 0; at < text.Length;)
        {
            var end = text.IndexOf('\n', at);
            var next = end < 0 ? text.Length : end + 1;
            if (at > 0 && IsSeparator(text.AsSpan(at, next - at)))
            {
                yield return (text[start..at], firstLine);
                (start, firstLine) = (at, line);
            }

            at = next;
            line++;
        }

        if (start < text.Length)
        {
            yield return (text[start..], firstLine);
        }
    }

    private static bool IsSeparator(ReadOnlySpan<char> line) =>
        line.StartsWith("---") && (line.Length == 3 || char.IsWhiteSpace(line[3]));
}
